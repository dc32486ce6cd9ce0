/// What became of the values of a state dictionary that was loaded.
public struct StateDictionaryReport: Sendable, CustomStringConvertible {
    /// A name that only one side has.
    public struct Unmatched: Sendable, Hashable {
        public let name: String
        public let shape: Shape

        public init(name: String, shape: Shape) {
            self.name = name
            self.shape = shape
        }
    }

    /// A name with different shapes.
    public struct Mismatch: Sendable, Hashable {
        public let name: String
        /// The shape in the network.
        public let shape: Shape
        /// The shape in the state dictionary.
        public let foundShape: Shape

        public init(name: String, shape: Shape, foundShape: Shape) {
            self.name = name
            self.shape = shape
            self.foundShape = foundShape
        }
    }

    /// The names that were taken over.
    public var loaded: [String] = []
    /// What the network has and the state dictionary has not.
    public var missing: [Unmatched] = []
    /// What the state dictionary has and the network has not.
    public var unexpected: [Unmatched] = []
    /// What has another shape.
    public var mismatched: [Mismatch] = []

    public init() {}

    /// Whether both sides have the same names and shapes.
    public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }

    public var description: String {
        let shown = 10
        func list(_ title: String, _ lines: [String]) -> [String] {
            guard !lines.isEmpty else { return [] }
            let rest = lines.count > shown ? ["  ... and \(lines.count - shown) more"] : []
            return ["\(title) (\(lines.count)):"] + lines.prefix(shown).map { "  " + $0 } + rest
        }
        let lines =
            ["\(loaded.count) values fit"]
            + list(
                "another shape",
                mismatched.map { "\($0.name): the network has \($0.shape), the file \($0.foundShape)" })
            + list(
                "missing, which the network needs",
                missing.prefix(shown).map { "\($0.name) \($0.shape)\(hint(for: $0))" }
                    + missing.dropFirst(shown).map(\.name))
            + list("unexpected, which the network has no place for", unexpected.map { "\($0.name) \($0.shape)" })
        return lines.joined(separator: "\n")
    }

    /// The likeliest other name of a missing value: the nearest of its shape, however far.
    private func hint(for missing: Unmatched) -> String {
        let letters = Array(missing.name)
        let nearest = unexpected.filter { $0.shape == missing.shape }
            .min { NearestName.distance(letters, Array($0.name)) < NearestName.distance(letters, Array($1.name)) }
        return nearest.map { "; is it '\($0.name)'?" } ?? ""
    }
}

/// A state dictionary that does not fit the network.
public struct StateDictionaryMismatch: Error, Sendable, CustomStringConvertible {
    public let report: StateDictionaryReport

    public var description: String { "the state dictionary does not fit the network: \(report)" }
}
