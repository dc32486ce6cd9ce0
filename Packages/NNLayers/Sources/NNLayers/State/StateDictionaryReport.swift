/// The result of loading a state dictionary.
public struct StateDictionaryReport: Sendable, CustomStringConvertible {
    /// A name that only the network or only the state dictionary has.
    public struct Unmatched: Sendable, Hashable {
        /// The full name.
        public let name: String
        /// The shape of its values.
        public let shape: Shape

        /// A name that has no counterpart, with the shape of its values.
        public init(name: String, shape: Shape) {
            self.name = name
            self.shape = shape
        }
    }

    /// A name with different shapes.
    public struct Mismatch: Sendable, Hashable {
        /// The full name.
        public let name: String
        /// The shape in the network.
        public let shape: Shape
        /// The shape in the state dictionary.
        public let foundShape: Shape

        /// A name whose values have one shape in the network and another in the state dictionary.
        public init(name: String, shape: Shape, foundShape: Shape) {
            self.name = name
            self.shape = shape
            self.foundShape = foundShape
        }
    }

    /// The names that were loaded.
    public var loaded: [String] = []
    /// Names of the network that are missing from the state dictionary.
    public var missing: [Unmatched] = []
    /// Names of the state dictionary that the network does not have.
    public var unexpected: [Unmatched] = []
    /// Names whose shapes differ.
    public var mismatched: [Mismatch] = []

    /// Creates an empty report.
    public init() {}

    /// Whether all names and shapes match.
    public var isComplete: Bool { missing.isEmpty && unexpected.isEmpty && mismatched.isEmpty }

    /// The number of loaded values, and the first names that do not match.
    public var description: String {
        let shown = 10
        func list(_ title: String, _ lines: [String]) -> [String] {
            guard !lines.isEmpty else { return [] }
            let rest = lines.count > shown ? ["  ... and \(lines.count - shown) more"] : []
            return ["\(title) (\(lines.count)):"] + lines.prefix(shown).map { "  " + $0 } + rest
        }
        let lines =
            ["\(loaded.count) \(loaded.count == 1 ? "value matches" : "values match")"]
            + list(
                "different shapes",
                mismatched.map { "\($0.name): the network has \($0.shape), the file \($0.foundShape)" })
            + list(
                "missing, but needed by the network",
                missing.prefix(shown).map { "\($0.name) \($0.shape)\(hint(for: $0))" }
                    + missing.dropFirst(shown).map(\.name))
            + list("unexpected, not in the network", unexpected.map { "\($0.name) \($0.shape)" })
        return lines.joined(separator: "\n")
    }

    /// The most similar unexpected name of the same shape.
    private func hint(for missing: Unmatched) -> String {
        let letters = Array(missing.name)
        let nearest = unexpected.filter { $0.shape == missing.shape }
            .min { NearestName.distance(letters, Array($0.name)) < NearestName.distance(letters, Array($1.name)) }
        return nearest.map { "; is it '\($0.name)'?" } ?? ""
    }
}

/// A state dictionary does not match the network.
public struct StateDictionaryMismatch: Error, Sendable, CustomStringConvertible {
    /// What does not match.
    public let report: StateDictionaryReport

    /// The report as text.
    public var description: String { "the state dictionary does not match the network: \(report)" }
}
