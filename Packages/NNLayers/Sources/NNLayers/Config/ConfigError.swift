/// What is wrong with a configuration: one problem, or all that were found.
public struct ConfigError: Error, Sendable, CustomStringConvertible {
    /// One thing that is wrong.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong.
        public var message: String
        /// What to do about it.
        public var remedy: String?
        /// Where it was written.
        public var place: ConfigPlace?
        /// The dotted path of the key.
        public var keyPath: String

        public init(_ message: String, remedy: String? = nil, place: ConfigPlace? = nil, keyPath: String = "") {
            self.message = message
            self.remedy = remedy
            self.place = place
            self.keyPath = keyPath
        }

        /// A problem with the value of a node.
        public init(_ message: String, remedy: String? = nil, at node: ConfigNode) {
            self.init(message, remedy: remedy, place: node.place, keyPath: node.keyPath)
        }

        /// `file:line:column: key.path: message; remedy`
        public var description: String {
            let place = place.map { "\($0): " } ?? ""
            let path = keyPath.isEmpty ? "" : "\(keyPath): "
            return place + path + message + (remedy.map { "; \($0)" } ?? "")
        }
    }

    /// At least one.
    public let problems: [Problem]

    public init(_ problems: [Problem]) {
        require(!problems.isEmpty, "ConfigError: no problem")
        self.problems = problems
    }

    public init(_ message: String, remedy: String? = nil, at node: ConfigNode) {
        self.init([Problem(message, remedy: remedy, at: node)])
    }

    public init(_ message: String, remedy: String? = nil, place: ConfigPlace? = nil, keyPath: String = "") {
        self.init([Problem(message, remedy: remedy, place: place, keyPath: keyPath)])
    }

    /// One line for each problem.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension ConfigError {
    /// The problems that an error of any type stands for; a type that knows no place gets that of `node`.
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
