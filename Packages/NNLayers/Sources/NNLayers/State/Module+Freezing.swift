import Foundation

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
    /// - Parameter pattern: Matches a name, or that of a module around it; `*` stands for any characters,
    ///   `?` for one, `[abc]` for one of these.
    /// - Returns: How many parameters and buffers match.
    @discardableResult
    public func freeze(_ pattern: String = "*") -> Int { setTrainable(false, pattern) }

    /// Lets training change parameters and buffers again.
    ///
    /// - Returns: How many parameters and buffers match ``freeze(_:)``'s kind of pattern.
    @discardableResult
    public func unfreeze(_ pattern: String = "*") -> Int { setTrainable(true, pattern) }

    private func setTrainable(_ isTrainable: Bool, _ pattern: String) -> Int {
        let tree = ModuleTree(self)
        let parameters = tree.parameters.filter { matches($0.name, pattern) }
        let buffers = tree.buffers.filter { matches($0.name, pattern) }
        for (_, parameter) in parameters { parameter.isTrainable = isTrainable }
        for (_, buffer) in buffers { buffer.isTrainable = isTrainable }
        return parameters.count + buffers.count
    }
}

/// Whether a pattern matches a dotted name or the beginning of it that ends before a dot.
private func matches(_ name: String, _ pattern: String) -> Bool {
    var candidate = name[...]
    while true {
        if fnmatch(pattern, String(candidate), 0) == 0 { return true }
        guard let dot = candidate.lastIndex(of: ".") else { return false }
        candidate = candidate[..<dot]
    }
}
