/// Where a value of a configuration was written.
public struct ConfigPlace: Hashable, Sendable, CustomStringConvertible {
    /// The file, or the command-line option.
    public var source: String
    /// From 1; nil where the source has no lines.
    public var line: Int?
    /// From 1, in characters.
    public var column: Int?

    public init(source: String, line: Int? = nil, column: Int? = nil) {
        self.source = source
        self.line = line
        self.column = column
    }

    /// `file:line:column`
    public var description: String {
        ([source] + [line, column].compactMap { $0.map(String.init) }).joined(separator: ":")
    }
}
