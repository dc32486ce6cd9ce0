import Foundation
import NNLayers

/// Files of the safetensors format; tensors share the mapped file's memory until they are written to.
public struct SafetensorsFormat: WeightFormat {
    public let fileExtensions = ["safetensors"]

    public init() {}

    /// The length of the header, then the header: a JSON object.
    public func recognizes(_ beginning: [UInt8]) -> Bool {
        beginning.count > 8 && beginning[8] == UInt8(ascii: "{")
    }

    public func open(_ url: URL) throws(TensorFileError) -> any WeightFile { try SafetensorsWeights(url) }
}

private struct SafetensorsWeights: WeightFile {
    let entries: [WeightEntry]
    private let file: SafetensorsFile

    init(_ url: URL) throws(TensorFileError) {
        let file = try SafetensorsFile(url)
        entries = file.names.map { name in
            let (shape, type) = file.stored(name)
            return WeightEntry(name: name, shape: shape, storedType: type)
        }
        self.file = file
    }

    var url: URL { file.url }
    var metadata: [String: String] { file.metadata }

    func tensor(named name: String) throws(TensorFileError) -> Tensor { try file.tensor(named: name) }
}
