import NNLayers

extension OptionError {
    /// Refuses what is no probability.
    static func requireProbability(_ value: Float, _ option: String) throws(OptionError) {
        guard 0...1 ~= value else { throw OptionError(option, "must be a probability from 0 to 1, not \(value)") }
    }

    /// Refuses bounds that do not follow each other or lie outside of a range.
    /// - Parameter option: the key without `minimum_` and `maximum_`.
    static func requireBounds(
        _ minimum: Float, _ maximum: Float, _ option: String, above least: Float, atMost most: Float
    ) throws(OptionError) {
        guard minimum > least, minimum <= most else {
            throw OptionError("minimum_\(option)", "must be above \(least) and at most \(most), not \(minimum)")
        }
        guard maximum >= minimum, maximum <= most else {
            throw OptionError("maximum_\(option)", "must be from \(minimum) to \(most), not \(maximum)")
        }
    }
}

extension TransformEnvironment {
    /// The label of pixels that a transform adds to masks; nil where there are no masks.
    /// - Throws: `OptionError` where there are masks and their data set has no ignore index.
    func labelOfNewPixels(for transform: String) throws(OptionError) -> UInt8? {
        let label = ignoreIndex.flatMap { UInt8(exactly: $0) }
        if task == .segmentation, label == nil {
            throw OptionError(
                "type", "is '\(transform)', which adds pixels to masks; that needs a data set with an ignore index")
        }
        return label
    }
}
