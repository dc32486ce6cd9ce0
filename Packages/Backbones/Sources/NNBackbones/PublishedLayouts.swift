import NNLayers

extension Dictionary where Key == Int {
    /// The layout of the published network of a depth; the keys are the depths.
    /// - Parameter kind: The networks that have these depths, where a family has several.
    /// - Throws: `OptionError` that lists the depths, where there is no such network.
    func layout(ofDepth depth: Int, of kind: String? = nil) throws(OptionError) -> Value {
        if let layout = self[depth] { return layout }
        let depths = keys.sorted().map(String.init)
        let list = depths.dropLast().joined(separator: ", ") + " or " + (depths.last ?? "")
        throw OptionError("depth", "must be \(list)\(kind.map { " for \($0)" } ?? ""), not \(depth)")
    }
}
