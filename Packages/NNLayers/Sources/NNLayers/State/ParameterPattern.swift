import Foundation

/// What the names of parameters look like: `backbone`, `backbone.layer?.*`, `*.bn[12]`.
///
/// It fits a name, or that of a module around it; `*` stands for any characters, `?` for one, `[abc]` for one of
/// these.
public struct ParameterPattern: Sendable, Hashable {
    public let text: String

    public init(_ text: String) { self.text = text }

    /// Whether the pattern fits a dotted name or the beginning of it that ends before a dot.
    public func matches(_ name: String) -> Bool {
        var candidate = name[...]
        while true {
            if fnmatch(text, String(candidate), 0) == 0 { return true }
            guard let dot = candidate.lastIndex(of: ".") else { return false }
            candidate = candidate[..<dot]
        }
    }
}
