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

extension Module {
    /// Keeps parameters and buffers as they are: training changes neither, and a batch norm whose
    /// statistics are frozen normalizes with them, as in inference.
    ///
    /// ```swift
    /// network.freeze("backbone")           // all of it
    /// network.freeze("backbone.layer?.*")  // layer1 to layer4
    /// network.freeze("*.bn?")              // every batch norm of this name
    /// ```
    ///
    /// - Parameter pattern: The text of a ``ParameterPattern``.
    /// - Returns: How many parameters and buffers match.
    @discardableResult
    public func freeze(_ pattern: String = "*") -> Int { setTrainable(false, pattern) }

    /// Lets training change parameters and buffers again.
    ///
    /// - Returns: How many parameters and buffers match the pattern.
    @discardableResult
    public func unfreeze(_ pattern: String = "*") -> Int { setTrainable(true, pattern) }

    private func setTrainable(_ isTrainable: Bool, _ pattern: String) -> Int {
        let tree = ModuleTree(self)
        let pattern = ParameterPattern(pattern)
        let parameters = tree.parameters.filter { pattern.matches($0.name) }
        let buffers = tree.buffers.filter { pattern.matches($0.name) }
        for (_, parameter) in parameters { parameter.isTrainable = isTrainable }
        for (_, buffer) in buffers { buffer.isTrainable = isTrainable }
        return parameters.count + buffers.count
    }
}
