import NNLayers

/// Adds pixels to samples until they have a size, or sides that a number divides.
public struct Pad: Transform, ComponentOptions {
    /// The least size; larger samples stay as they are.
    public var size: SizeOption?
    /// What both sides become a multiple of.
    public var divisor: Int?
    /// Adds pixels all around, and not at the bottom and right.
    public var isCentered = false
    /// The value of added pixels in every channel, from 0 to 255.
    public var fill: UInt8 = 0
    /// The label of added pixels of a mask.
    var ignoreIndex: UInt8?

    private enum CodingKeys: String, CodingKey { case size, divisor, isCentered = "centered", fill }

    public init() {}

    /// - Parameter ignoreIndex: the label of added pixels of a mask; needed for masks only.
    public init(to size: Size, fill: UInt8 = 0, ignoreIndex: UInt8? = nil) {
        self.size = SizeOption(size)
        self.fill = fill
        self.ignoreIndex = ignoreIndex
    }

    /// - Parameter ignoreIndex: the label of added pixels of a mask; needed for masks only.
    public init(toMultipleOf divisor: Int, fill: UInt8 = 0, ignoreIndex: UInt8? = nil) {
        self.divisor = divisor
        self.fill = fill
        self.ignoreIndex = ignoreIndex
    }

    public func validate() throws {
        try size?.validate()
        if (size == nil) == (divisor == nil) {
            throw OptionError("size", "must be given, or 'divisor', and not both")
        }
        if let divisor, !(1...65_536).contains(divisor) {
            throw OptionError("divisor", "must be from 1 to 65536, not \(divisor)")
        }
    }

    /// The transform for one data set.
    /// - Throws: `OptionError` where masks must be padded and the data set has no ignore index.
    func adapted(to environment: TransformEnvironment) throws(OptionError) -> Pad {
        var result = self
        result.ignoreIndex = try environment.labelOfNewPixels(for: "pad")
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let step = divisor ?? 1
        func rounded(_ length: Int) -> Int { (length + step - 1) / step * step }
        let wanted = size?.size ?? Size(height: rounded(sample.image.height), width: rounded(sample.image.width))
        try sample.requirePossible(
            Size(
                height: max(wanted.height, sample.image.height), width: max(wanted.width, sample.image.width)),
            remedy: "Make 'size' or 'divisor' smaller")
        return try sample.padded(
            toFill: wanted, isCentered: isCentered, with: NewPixels(fill: fill, label: ignoreIndex))
    }
}
