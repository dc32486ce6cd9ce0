import NNLayers

/// The option `in_channels`, which all backbones of images have.
enum ImageChannels {
    static func check(_ count: Int) throws(OptionError) {
        if count < 1 { throw OptionError("in_channels", "must be 1 or more, not \(count)") }
    }
}
