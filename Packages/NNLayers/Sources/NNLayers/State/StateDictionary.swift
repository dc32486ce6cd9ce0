import Foundation

/// The parameters and buffers of a network by name, like PyTorch's `state_dict`: `layer1.0.conv1.weight`.
///
/// Tensors share memory with the network until either is modified, so creating one costs no memory.
public struct StateDictionary: Sendable {
    /// A named tensor.
    public struct Entry: Sendable {
        /// The names of the modules around it and its own, with dots between them: `backbone.conv1.weight`.
        public var name: String
        /// The values, in the order of dimensions of PyTorch: `[O, I, H, W]` for a convolution.
        public var tensor: Tensor

        /// A tensor under its full name.
        public init(name: String, tensor: Tensor) {
            self.name = name
            self.tensor = tensor
        }
    }

    /// The entries, in the order of their declaration in the network.
    public let entries: [Entry]
    private let indices: [String: Int]

    /// Collects the parameters and buffers of a module, which must be initialized.
    public init(_ module: any Module) {
        let tree = ModuleTree(module)
        self.init(
            tree.entries.flatMap { entry in
                entry.parameters.map { Entry(name: join(entry.path, $0.name), tensor: $0.parameter.value) }
                    + entry.buffers.map { Entry(name: join(entry.path, $0.name), tensor: $0.buffer.wrappedValue) }
            })
    }

    /// Creates a state dictionary from entries; a later entry replaces an earlier one of the same name.
    public init(_ entries: [Entry]) {
        var indices: [String: Int] = [:]
        var kept: [Entry] = []
        for entry in entries {
            if let index = indices[entry.name] {
                kept[index] = entry
            } else {
                indices[entry.name] = kept.count
                kept.append(entry)
            }
        }
        self.entries = kept
        self.indices = indices
    }

    /// The names, in the order of the entries.
    public var names: [String] { entries.map(\.name) }

    /// The tensor with a name; nil if there is none.
    public subscript(name: String) -> Tensor? { indices[name].map { entries[$0].tensor } }

    /// Returns the same tensors under other names; `name` returns nil to leave an entry out.
    public func renamed(_ name: (String) throws -> String?) rethrows -> StateDictionary {
        StateDictionary(
            try entries.compactMap { entry in try name(entry.name).map { Entry(name: $0, tensor: entry.tensor) } })
    }
}

extension Module {
    /// The parameters with their full names, in the order of declaration.
    public var parameters: [(name: String, parameter: Parameter)] { ModuleTree(self).parameters }

    /// The parameters and buffers by name.
    public var stateDictionary: StateDictionary { StateDictionary(self) }

    /// Loads parameters and buffers from a state dictionary; other element types are converted.
    ///
    /// Either all matching entries are loaded or, if it throws, none. A missing `num_batches_tracked`, which files from
    /// before PyTorch 0.4.1 lack, is not an error.
    ///
    /// - Parameters:
    ///   - state: The state dictionary.
    ///   - strict: Whether all names and shapes must match. Otherwise entries that do not match are skipped and
    ///     reported.
    /// - Returns: A report of what was loaded and what does not match.
    /// - Throws: ``StateDictionaryMismatch`` in strict mode.
    @discardableResult
    public func load(_ state: StateDictionary, strict: Bool = true) throws -> StateDictionaryReport {
        var report = StateDictionaryReport()
        let slots = ModuleTree(self).slots
        let names = Set(slots.map(\.name))
        report.unexpected = state.entries.filter { !names.contains($0.name) }
            .map { .init(name: $0.name, shape: $0.tensor.shape) }
        var matches: [(slot: Slot, tensor: Tensor)] = []
        for slot in slots {
            let shape = slot.specification.shape
            guard let tensor = state[slot.name] else {
                if !slot.isOptional { report.missing.append(.init(name: slot.name, shape: shape)) }
                continue
            }
            if tensor.shape == shape {
                matches.append((slot, tensor))
            } else {
                report.mismatched.append(.init(name: slot.name, shape: shape, foundShape: tensor.shape))
            }
        }
        report.loaded = matches.map(\.slot.name)
        if strict && !report.isComplete { throw StateDictionaryMismatch(report: report) }
        for (slot, tensor) in matches { slot.set(tensor.cast(to: slot.specification.dataType)) }
        return report
    }

    /// Writes parameters and buffers to a safetensors file, which appears complete or not at all.
    /// - Parameters:
    ///   - url: The file.
    ///   - metadata: Text to store in the file.
    /// - Throws: `TensorFileError` if the file cannot be written.
    public func save(to url: URL, metadata: [String: String] = [:]) throws(TensorFileError) {
        try SafetensorsFile.write(
            tensors: stateDictionary.entries.map { ($0.name, $0.tensor) }, metadata: metadata, to: url)
    }

    /// Loads parameters and buffers from a safetensors file.
    ///
    /// `NNWeights` reads files of PyTorch and Keras, and files with the names of other frameworks.
    ///
    /// - Parameters:
    ///   - url: The file.
    ///   - strict: Whether all names and shapes must match. Otherwise values that do not match are skipped and
    ///     reported.
    /// - Returns: A report of what was loaded and what does not match.
    /// - Throws: `TensorFileError` for an unreadable file, ``StateDictionaryMismatch`` in strict mode.
    @discardableResult
    public func load(from url: URL, strict: Bool = true) throws -> StateDictionaryReport {
        let file = try SafetensorsFile(url)
        return try load(
            StateDictionary(file.names.map { .init(name: $0, tensor: try file.tensor(named: $0)) }), strict: strict)
    }
}

/// A parameter or buffer that a value can be loaded into.
private struct Slot {
    let name: String
    let specification: TensorSpecification
    let isOptional: Bool
    let set: (Tensor) -> Void
}

extension ModuleTree {
    fileprivate var slots: [Slot] {
        parameters.map { name, parameter in
            Slot(
                name: name, specification: TensorSpecification(shape: parameter.shape), isOptional: false,
                set: { parameter.value = $0 })
        }
            + buffers.map { name, buffer in
                Slot(
                    name: name, specification: buffer.wrappedValue.specification,
                    isOptional: name.hasSuffix("num_batches_tracked"), set: { buffer.wrappedValue = $0 })
            }
    }
}
