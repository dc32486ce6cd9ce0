import Foundation

/// The values of a network by name, named as PyTorch names them: `layer1.0.conv1.weight`.
///
/// Tensors are shared with the network until one side is written to, so taking one costs no memory.
public struct StateDictionary: Sendable {
    /// A value under its name.
    public struct Entry: Sendable {
        public var name: String
        public var tensor: Tensor

        public init(name: String, tensor: Tensor) {
            self.name = name
            self.tensor = tensor
        }
    }

    /// The values in the order in which the network declares them.
    public let entries: [Entry]
    private let places: [String: Int]

    /// The parameters and buffers of a module, which must have values.
    public init(_ module: any Module) {
        let tree = ModuleTree(module)
        self.init(
            tree.entries.flatMap { entry in
                entry.parameters.map { Entry(name: join(entry.path, $0.name), tensor: $0.parameter.value) }
                    + entry.buffers.map { Entry(name: join(entry.path, $0.name), tensor: $0.buffer.wrappedValue) }
            })
    }

    /// Values from elsewhere; a later one replaces an earlier one of its name.
    public init(_ entries: [Entry]) {
        var places: [String: Int] = [:]
        var kept: [Entry] = []
        for entry in entries {
            if let place = places[entry.name] {
                kept[place] = entry
            } else {
                places[entry.name] = kept.count
                kept.append(entry)
            }
        }
        self.entries = kept
        self.places = places
    }

    public var names: [String] { entries.map(\.name) }

    /// The value of a name.
    public subscript(name: String) -> Tensor? { places[name].map { entries[$0].tensor } }

    /// The same values under other names; nil leaves one out.
    public func renamed(_ name: (String) throws -> String?) rethrows -> StateDictionary {
        StateDictionary(
            try entries.compactMap { entry in try name(entry.name).map { Entry(name: $0, tensor: entry.tensor) } })
    }
}

extension Module {
    /// The parameters and buffers by name.
    public var stateDictionary: StateDictionary { StateDictionary(self) }

    /// Takes values over from a state dictionary; other element types are converted.
    ///
    /// Either all that fit are taken over or, where it throws, none. A missing `num_batches_tracked`,
    /// which files written before PyTorch 0.4.1 lack, is not an error.
    ///
    /// - Parameter strict: Whether every name must be in both and every shape must agree. Otherwise
    ///   what does not fit is left alone, and the report tells of it.
    /// - Throws: ``StateDictionaryMismatch``
    @discardableResult
    public func load(_ state: StateDictionary, strict: Bool = true) throws -> StateDictionaryReport {
        var slots: [Slot] = ModuleTree(self).slots
        var report = StateDictionaryReport()
        let names = Set(slots.map(\.name))
        report.unexpected = state.entries.filter { !names.contains($0.name) }
            .map { .init(name: $0.name, shape: $0.tensor.shape) }
        slots.removeAll { slot in
            guard let tensor = state[slot.name] else {
                if !slot.isOptional { report.missing.append(.init(name: slot.name, shape: slot.specification.shape)) }
                return true
            }
            guard tensor.shape == slot.specification.shape else {
                report.mismatched.append(
                    .init(name: slot.name, shape: slot.specification.shape, foundShape: tensor.shape))
                return true
            }
            return false
        }
        report.loaded = slots.map(\.name)
        if strict && !report.isComplete { throw StateDictionaryMismatch(report: report) }
        for slot in slots { slot.set(state[slot.name]!.cast(to: slot.specification.dataType)) }
        return report
    }
}

/// A place for a value in a network.
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

extension Module {
    /// The parameters under their full names, in the order of declaration.
    public var parameters: [(name: String, parameter: Parameter)] { ModuleTree(self).parameters }

    /// Writes parameters and buffers to a safetensors file, which appears whole or not at all.
    /// - Parameter metadata: Text that is stored beside them.
    /// - Throws: `TensorFileError` where the file cannot be written.
    public func save(to url: URL, metadata: [String: String] = [:]) throws(TensorFileError) {
        try SafetensorsFile.write(
            tensors: stateDictionary.entries.map { ($0.name, $0.tensor) }, metadata: metadata, to: url)
    }

    /// Reads parameters and buffers from a safetensors file.
    ///
    /// Files of PyTorch and Keras, and those with the names of other frameworks, are read by `NNWeights`.
    /// - Parameter strict: Whether names and shapes must agree exactly; otherwise what does not fit keeps its value.
    /// - Returns: What was loaded, and what does not fit.
    /// - Throws: `TensorFileError` for a file that cannot be read, ``StateDictionaryMismatch`` where it does not fit.
    @discardableResult
    public func load(from url: URL, strict: Bool = true) throws -> StateDictionaryReport {
        let file = try SafetensorsFile(url)
        return try load(
            StateDictionary(file.names.map { .init(name: $0, tensor: try file.tensor(named: $0)) }), strict: strict)
    }
}
