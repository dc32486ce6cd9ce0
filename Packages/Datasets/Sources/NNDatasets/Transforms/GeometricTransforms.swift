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

/// Makes samples larger or smaller by a random factor, the picture bilinearly and a mask by nearest pixels.
public struct RandomScale: Transform, ComponentOptions {
    /// The least factor of both sides.
    public var minimumFactor: Float = 0.5
    /// The greatest.
    public var maximumFactor: Float = 2

    public init() {}

    public init(factor: ClosedRange<Float>) {
        minimumFactor = factor.lowerBound
        maximumFactor = factor.upperBound
    }

    public func validate() throws {
        try OptionError.requireBounds(minimumFactor, maximumFactor, "factor", above: 0, atMost: 16)
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let factor = Float.random(in: minimumFactor...maximumFactor, using: &random)
        func scaled(_ length: Int) -> Int { max(Int((Float(length) * factor).rounded()), 1) }
        return try sample.resized(
            to: Size(height: scaled(sample.image.height), width: scaled(sample.image.width)),
            orElse: "Crop before 'random_scale', or make 'maximum_factor' smaller")
    }
}

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

/// Mirrors some of the samples.
public struct Flip: Transform, ComponentOptions {
    /// The probability of exchanging left and right.
    public var horizontal: Float = 0.5
    /// The probability of exchanging top and bottom.
    public var vertical: Float = 0

    public var keepsLayout: Bool { false }

    public init() {}

    public init(horizontal: Float, vertical: Float = 0) {
        self.horizontal = horizontal
        self.vertical = vertical
    }

    public func validate() throws {
        try OptionError.requireProbability(horizontal, "horizontal")
        try OptionError.requireProbability(vertical, "vertical")
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) -> Sample {
        var result = sample
        if Float.random(in: 0..<1, using: &random) < horizontal {
            result = result.mapImages { $0.flippedHorizontally() }
        }
        if Float.random(in: 0..<1, using: &random) < vertical {
            result = result.mapImages { $0.flippedVertically() }
        }
        return result
    }
}

/// Turns some of the samples about their middle by a random angle, the picture bilinearly and a mask by nearest
/// pixels; the size stays.
public struct Rotate: Transform, ComponentOptions {
    /// The greatest angle to either side, in degrees.
    public var degrees: Float = 10
    /// The probability of turning a sample.
    public var probability: Float = 1
    /// The value of pixels from outside in every channel, from 0 to 255.
    public var fill: UInt8 = 0
    /// The label of pixels from outside of a mask.
    var ignoreIndex: UInt8?

    private enum CodingKeys: CodingKey { case degrees, probability, fill }

    public var keepsLayout: Bool { false }

    public init() {}

    /// - Parameter ignoreIndex: the label of pixels from outside of a mask; needed for masks only.
    public init(degrees: Float, probability: Float = 1, fill: UInt8 = 0, ignoreIndex: UInt8? = nil) {
        self.degrees = degrees
        self.probability = probability
        self.fill = fill
        self.ignoreIndex = ignoreIndex
    }

    public func validate() throws {
        guard 0...180 ~= degrees else { throw OptionError("degrees", "must be from 0 to 180, not \(degrees)") }
        try OptionError.requireProbability(probability, "probability")
    }

    /// The transform for one data set.
    /// - Throws: `OptionError` where masks must be turned and the data set has no ignore index.
    func adapted(to environment: TransformEnvironment) throws(OptionError) -> Rotate {
        var result = self
        result.ignoreIndex = try environment.labelOfNewPixels(for: "rotate")
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let isTurned = Float.random(in: 0..<1, using: &random) < probability
        let angle = Float.random(in: -degrees...degrees, using: &random)
        guard isTurned, angle != 0 else { return sample }
        return try sample.warped(
            by: .rotation(degrees: Double(angle), of: sample.image.size),
            with: NewPixels(fill: fill, label: ignoreIndex))
    }
}
