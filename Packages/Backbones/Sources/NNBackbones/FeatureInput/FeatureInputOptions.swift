import NNLayers

/// What a configuration may say about a ``FeatureInput``.
public struct FeatureInputOptions: ComponentOptions {
    /// How many features stand for a picture; null for as many as the data set has.
    public var channels: Int?

    public init() {}

    public func validate() throws {
        if let channels, channels < 1 { throw OptionError("channels", "must be 1 or more, not \(channels)") }
    }

    /// - Throws: ``OptionError`` where neither the configuration nor the data told the number.
    func backbone() throws(OptionError) -> FeatureInput {
        guard let channels else {
            throw OptionError(
                "channels", "must be the number of features, unless the data set is one of features and tells it")
        }
        return FeatureInput(channels: channels)
    }
}
