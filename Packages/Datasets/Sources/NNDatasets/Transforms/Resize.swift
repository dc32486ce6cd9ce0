import NNLayers

/// Brings every sample to one size, the picture bilinearly and a mask by nearest pixels.
public struct Resize: Transform, ComponentOptions {
    /// The new size. Must be given.
    public var size: SizeOption = 0
    /// Gives the shorter side the length of `size`, a square, and the longer one what keeps proportions.
    public var keepsAspectRatio = false

    public init() {}

    public init(to size: Size) { self.size = SizeOption(size) }

    public func validate() throws {
        try size.validate()
        if keepsAspectRatio && size.size.height != size.size.width {
            throw OptionError("size", "must be one number, the length of the shorter side, to keep proportions")
        }
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        guard keepsAspectRatio else { return sample.resized(to: size.size) }
        let old = sample.image.size
        let side = size.size.height
        let shorter = min(old.height, old.width)
        // Rounded to whole pixels; the shorter side comes out exactly.
        func scaled(_ length: Int) -> Int { (2 * length * side + shorter) / (2 * shorter) }
        return try sample.resized(
            to: Size(height: scaled(old.height), width: scaled(old.width)),
            orElse: "Remove it, or resize without 'keeps_aspect_ratio'")
    }
}
