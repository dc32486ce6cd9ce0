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
