/// The problems of a configuration.
public struct ConfigError: Error, Sendable, CustomStringConvertible {
    /// A single problem.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong.
        public var message: String
        /// How to fix it; nil if that is evident.
        public var remedy: String?
        /// The location in a file or command line; nil for values that were created in code.
        public var place: ConfigPlace?
        /// The dotted path of the key.
        public var keyPath: String

        /// Creates a problem.
        /// - Parameters:
        ///   - message: What is wrong, in lower case, without a period.
        ///   - remedy: How to fix it.
        ///   - place: The location in a file or command line.
        ///   - keyPath: The dotted path of the key.
        public init(_ message: String, remedy: String? = nil, place: ConfigPlace? = nil, keyPath: String = "") {
            self.message = message
            self.remedy = remedy
            self.place = place
            self.keyPath = keyPath
        }

        /// Creates a problem with the value of a node.
        public init(_ message: String, remedy: String? = nil, at node: ConfigNode) {
            self.init(message, remedy: remedy, place: node.place, keyPath: node.keyPath)
        }

        /// `file:line:column: key.path: message; remedy`
        public var description: String {
            let place = place.map { "\($0): " } ?? ""
            let path = keyPath.isEmpty ? "" : "\(keyPath.excerpt): "
            return place + path + message + (remedy.map { "; \($0)" } ?? "")
        }
    }

    /// The problems, at least one.
    public let problems: [Problem]

    /// Creates an error from its problems, at least one.
    public init(_ problems: [Problem]) {
        require(!problems.isEmpty, "ConfigError: there is no problem")
        self.problems = problems
    }

    /// Creates an error with a single problem of a node.
    public init(_ message: String, remedy: String? = nil, at node: ConfigNode) {
        self.init([Problem(message, remedy: remedy, at: node)])
    }

    /// Creates an error with a single problem.
    public init(_ message: String, remedy: String? = nil, place: ConfigPlace? = nil, keyPath: String = "") {
        self.init([Problem(message, remedy: remedy, place: place, keyPath: keyPath)])
    }

    /// One line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension ConfigError {
    /// The problems of an error of any type; those without a location get that of `node`.
    static func problems(of error: any Error, at node: ConfigNode) -> [Problem] {
        switch error {
        case let error as ConfigError: error.problems
        case let problem as Problem: [problem]
        case let error as OptionError: [error.problem(in: node)]
        case DecodingError.dataCorrupted(let context): [Problem(context.debugDescription, at: node)]
        default: [Problem(String(describing: error), at: node)]
        }
    }
}

/// Suggests the name that a misspelled one was meant to be.
@_spi(Text) public enum NearestName {
    /// Returns the most similar candidate; nil if none is similar.
    ///
    /// Similar means an edit distance of at most a third of the letters, or 2 in words of 5 letters. Case and the kind
    /// of separator do not count.
    public static func find(_ name: String, among candidates: some Sequence<String>) -> String? {
        let letters = plain(name)
        // Nobody misspells so much, and the distance takes time by the product of the lengths.
        guard letters.count <= 100 else { return nil }
        return
            candidates.compactMap { candidate -> (String, Int)? in
                let other = plain(candidate)
                let length = max(letters.count, other.count)
                let limit = length < 5 ? 1 : max(2, length / 3)
                // The distance is at least the difference of the lengths, and takes much longer.
                guard abs(letters.count - other.count) <= limit else { return nil }
                let distance = distance(letters, other)
                return distance <= limit ? (candidate, distance) : nil
            }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    /// Returns a remedy that suggests the most similar candidate and lists all: `did you mean 'a'? Known: a, b`.
    /// - Parameters:
    ///   - name: The unknown name.
    ///   - candidates: The known names.
    public static func remedy(_ name: String, among candidates: [String]) -> String {
        let list = candidates.joined(separator: ", ")
        return find(name, among: candidates).map { "did you mean '\($0)'? Known: \(list)" } ?? "known: \(list)"
    }

    private static func plain(_ name: String) -> [Character] {
        name.lowercased().map { $0 == "-" || $0 == " " ? "_" : $0 }
    }

    /// The edit distance: letters to insert, remove, replace or exchange with their neighbor (optimal string alignment;
    /// Damerau 1964).
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                var cost = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    cost = min(cost, beforePrevious[j - 1] + 1)
                }
                row.append(cost)
            }
            beforePrevious = previous
            previous = row
        }
        return previous[right.count]
    }
}
