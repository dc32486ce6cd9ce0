import Foundation
import NNLayers

/// A file whose names have lost what wrappers of the network put before all of them.
///
/// `module.` is of data-parallel and averaged networks, `_orig_mod.` of compiled ones, `_forward_module.` of Fabric;
/// `model.`, `net.` and `network.` are what a Lightning module and its like call the network inside, `backbone.` and
/// `encoder.` the part that was saved, `ema.` and `ema_model.` its average. A network that has such names itself is found
/// all the same: ``WeightPlan`` also tries the names with ``prefix``, or a part of it.
struct UnwrappedWeights: WeightFile {
    private static let wrappers = [
        "module.", "_orig_mod.", "_forward_module.", "model.", "net.", "network.", "backbone.",
        "encoder.", "ema.", "ema_model.",
    ]
    /// The largest number of wrappers around each other; a name that is nothing else would take forever.
    private static let maximumCount = 8
    /// The count of updates that an averaged network of PyTorch has beside its weights.
    private static let averageCount = "n_averaged"

    let entries: [WeightEntry]
    let metadata: [String: String]
    /// What was removed from all names: `module.model.`.
    let prefix: String
    private let file: any WeightFile

    /// The file without the prefix of all its names; the file itself, if they have none.
    static func unwrapping(_ file: any WeightFile) -> any WeightFile {
        let count = file.entries.first { $0.name == averageCount && $0.shape.elementCount == 1 }
        var entries = file.entries.filter { count == nil || $0.name != averageCount }
        var prefix = ""
        for _ in 0..<maximumCount {
            let wrapper = wrappers.first { wrapper in
                !entries.isEmpty
                    && entries.allSatisfy { $0.name.hasPrefix(wrapper) && $0.name.utf8.count > wrapper.utf8.count }
            }
            guard let wrapper else { break }
            for index in entries.indices { entries[index].name.removeFirst(wrapper.count) }
            prefix += wrapper
        }
        return prefix.isEmpty ? file : UnwrappedWeights(file, entries, prefix, count)
    }

    private init(_ file: any WeightFile, _ entries: [WeightEntry], _ prefix: String, _ count: WeightEntry?) {
        self.file = file
        self.entries = entries
        self.prefix = prefix
        var metadata = file.metadata
        if let count, let value = try? file.tensor(named: count.name), metadata[count.name] == nil {
            metadata[count.name] = value.cast(to: .int64).withScalars(as: Int64.self) { "\($0[0])" }
        }
        self.metadata = metadata
    }

    var url: URL { file.url }
    var checkpoint: CheckpointContents { file.checkpoint }

    func tensor(named name: String) throws(TensorFileError) -> Tensor { try file.tensor(named: prefix + name) }

    /// The prefixes with which names may be those of a network: none, then more and more of what was removed.
    static func prefixes(of file: any WeightFile) -> [String] {
        guard let prefix = (file as? UnwrappedWeights)?.prefix else { return [""] }
        let parts = prefix.split(separator: ".").map { $0 + "." }
        return (0...parts.count).map { parts.suffix($0).joined() }
    }
}
