import NNLayers

/// Takes the middle of every sample.
public struct CenterCrop: Transform, ComponentOptions {
    /// The size of the part. Must be given.
    public var size: SizeOption = 0

    public var keepsPlaces: Bool { false }

    public init() {}

    public init(size: Size) { self.size = SizeOption(size) }

    public func validate() throws { try size.validate() }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let part = size.size
        try sample.requireRoom(for: part, remedy: "Put 'resize' before 'center_crop', or make the crop smaller")
        return sample.cropped(
            top: (sample.image.height - part.height) / 2, left: (sample.image.width - part.width) / 2, size: part)
    }
}
