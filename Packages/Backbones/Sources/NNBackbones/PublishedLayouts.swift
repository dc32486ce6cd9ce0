import NNLayers

extension OptionError {
    /// Checks the number of layers or blocks of each part of a network that Swift lays out: more than any network has
    /// would take memory without end.
    static func check(_ option: String, counts: [Int], atLeast minimum: Int = 0) throws(OptionError) {
        for (index, count) in counts.enumerated() {
            try check("\(option).\(index)", count: count, atLeast: minimum)
        }
    }

    /// Checks a number of layers or blocks.
    static func check(_ option: String, count: Int, atLeast minimum: Int = 0) throws(OptionError) {
        if !(minimum...1000).contains(count) {
            throw OptionError(option, "must be from \(minimum) to 1000, not \(count)")
        }
    }

    /// Checks the number of channels of each part of a network that Swift lays out.
    static func check(_ option: String, widths: [Int]) throws(OptionError) {
        for (index, width) in widths.enumerated() { try check("\(option).\(index)", width, .size) }
    }
}

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
