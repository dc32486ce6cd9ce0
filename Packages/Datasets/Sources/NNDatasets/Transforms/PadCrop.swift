import NNLayers

/// Pads every sample and takes a random part of it, as He et al. (2016) do for CIFAR-10.
public struct PadCrop: Transform, ComponentOptions {
    /// The size of the part. Must be given.
    public var size: SizeOption = 0
    /// Pixels added at each edge.
    public var padding = 4
    /// The value of added pixels in every channel, from 0 to 255.
    public var fill: UInt8 = 0
    /// The class index of added pixels of a mask.
    var maskFill: UInt8?

    private enum CodingKeys: CodingKey { case size, padding, fill }

    public var keepsPlaces: Bool { false }

    public init() {}

    /// - Parameter ignoreIndex: the class index of added pixels of a mask; needed for masks only.
    public init(size: Size, padding: Int = 4, fill: UInt8 = 0, ignoreIndex: UInt8? = nil) {
        self.size = SizeOption(size)
        self.padding = padding
        self.fill = fill
        maskFill = ignoreIndex
    }

    public func validate() throws {
        try size.validate()
        if !(0...4096 ~= padding) { throw OptionError("padding", "must be from 0 to 4096, not \(padding)") }
    }

    /// The transform for one data set.
    /// - Throws: `OptionError` where masks must be padded and the data set has no ignore index.
    func adapted(to environment: TransformEnvironment) throws(OptionError) -> PadCrop {
        var result = self
        result.maskFill = environment.ignoreIndex.flatMap { UInt8(exactly: $0) }
        if environment.task == .segmentation, padding > 0, result.maskFill == nil {
            throw OptionError("padding", "must be 0 for masks of a data set without an ignore index")
        }
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let padded = try sample.padded(EdgeInsets(padding), with: NewPixels(fill: fill, label: maskFill))
        try padded.requireRoom(
            for: size.size, remedy: "Put 'resize' before 'pad_crop', or make the crop smaller or the padding larger")
        return padded.cropped(
            top: .random(in: 0...padded.image.height - size.size.height, using: &random),
            left: .random(in: 0...padded.image.width - size.size.width, using: &random), size: size.size)
    }
}
