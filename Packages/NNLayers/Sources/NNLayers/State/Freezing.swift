import Foundation

/// A pattern of parameter names: `backbone`, `backbone.layer?.*`, `*.bn[12]`.
///
/// It matches a parameter, or a module and all that it contains. `*` stands for any characters, `?` for one, and `[abc]`
/// for one of the listed.
public struct ParameterPattern: Sendable, Hashable {
    /// The pattern as text.
    public let text: String

    /// Creates a pattern.
    public init(_ text: String) { self.text = text }

    /// Whether the pattern matches a dotted name, or a part of it that ends before a dot.
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
    /// Freezes parameters and buffers: training does not change them, and a batch norm with frozen statistics
    /// normalizes with these, as in inference.
    ///
    /// ```swift
    /// network.freeze("backbone")           // the entire backbone
    /// network.freeze("backbone.layer?.*")  // layer1 to layer4
    /// network.freeze("*.bn?")              // every batch norm of this name
    /// ```
    ///
    /// - Parameter pattern: The text of a ``ParameterPattern``; by default it matches everything.
    /// - Returns: The number of matching parameters and buffers.
    @discardableResult
    public func freeze(_ pattern: String = "*") -> Int { setTrainable(false, pattern) }

    /// Makes parameters and buffers trainable again.
    ///
    /// - Parameter pattern: The text of a ``ParameterPattern``; by default it matches everything.
    /// - Returns: The number of matching parameters and buffers.
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
