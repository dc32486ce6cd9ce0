import NNLayers

extension Dictionary where Key == Int {
    /// The layout of the published network of a depth; the keys are the depths.
    /// - Parameter kind: The networks that have these depths, where a family has several.
    /// - Throws: `OptionError` that lists the depths, where there is no such network.
    func layout(ofDepth depth: Int, of kind: String? = nil) throws(OptionError) -> Value {
        guard let layout = self[depth] else {
            throw OptionError("depth", depth, isNoneOf: keys.sorted(), for: kind)
        }
        return layout
    }
}
