import NNLayers

/// Resizes samples to one size: images by a filter, masks by nearest neighbour.
public struct Resize: Transform, BuildableOptions {
    /// The new size. Required.
    public var size: SizeOption = 0
    /// Whether the shorter side gets the length of `size`, a square, and the longer one follows in proportion. By
    /// default false.
    public var keepsAspectRatio = false
    /// The filter of images. By default bilinear.
    public var interpolation = Image.Interpolation.bilinear
    /// Whether reduced images are smoothed, as by default: their filter covers all pixels that become one.
    public var antialias = true

    public var imageSupport: ImageSupport { .all }

    public init() {}

    /// - Parameters:
    ///   - size: The new size, a square with `keepsAspectRatio`.
    ///   - keepsAspectRatio: Whether the shorter side gets that length and the longer one follows in proportion.
    ///   - interpolation: The filter of images.
    ///   - antialias: Whether reduced images are smoothed.
    public init(
        size: Size, keepsAspectRatio: Bool = false, interpolation: Image.Interpolation = .bilinear,
        antialias: Bool = true
    ) {
        self.size = SizeOption(size)
        self.keepsAspectRatio = keepsAspectRatio
        self.interpolation = interpolation
        self.antialias = antialias
        requireOptions("Resize", validate)
    }

    public func validate() throws {
        try size.validate()
        if keepsAspectRatio && size.size.height != size.size.width {
            throw OptionError("size", "must be one number, the length of the shorter side, to keep the aspect ratio")
        }
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        guard keepsAspectRatio else {
            return sample.resized(to: size.size, interpolation: interpolation, antialias: antialias)
        }
        return try sample.resized(
            to: newSize(of: sample.fullSize), interpolation: interpolation, antialias: antialias,
            remedy: Self.remedy)
    }

    private static let remedy = "Remove it, or resize without 'keeps_aspect_ratio'"

    private func newSize(of old: Size) -> Size {
        guard keepsAspectRatio else { return size.size }
        let side = size.size.height
        let shorter = min(old.height, old.width)
        // Rounded to whole pixels; the shorter side comes out exactly.
        func scaled(_ length: Int) -> Int { (2 * length * side + shorter) / (2 * shorter) }
        return Size(height: scaled(old.height), width: scaled(old.width))
    }

    public func sizes(of sizes: SizeRange, name: String) throws(ImageError) -> SizeRange? {
        try sizes.map { size throws(ImageError) in
            let new = newSize(of: size)
            if keepsAspectRatio { try size.checkGrowth(to: new, name: name, remedy: Self.remedy) }
            return new
        }
    }
}

/// Resizes samples by a random factor: images by a filter, masks by nearest neighbour.
public struct RandomScale: Transform, BuildableOptions {
    /// The smallest factor of both sides. By default 0.5.
    public var minimumFactor: Float = 0.5
    /// The largest, at most 16. By default 2.
    public var maximumFactor: Float = 2
    /// The filter of images. By default bilinear.
    public var interpolation = Image.Interpolation.bilinear
    /// Whether reduced images are smoothed, as by default: their filter covers all pixels that become one.
    public var antialias = true

    public var imageSupport: ImageSupport { .all }

    public init() {}

    /// - Parameters:
    ///   - factor: The range of the factor of both sides, above 0 and at most 16.
    ///   - interpolation: The filter of images.
    ///   - antialias: Whether reduced images are smoothed.
    public init(
        factor: ClosedRange<Float> = 0.5...2, interpolation: Image.Interpolation = .bilinear, antialias: Bool = true
    ) {
        self.interpolation = interpolation
        self.antialias = antialias
        minimumFactor = factor.lowerBound
        maximumFactor = factor.upperBound
        requireOptions("RandomScale", validate)
    }

    public func validate() throws {
        try checkBounds("factor", minimumFactor, maximumFactor, above: 0, atMost: 16)
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let factor = Float.random(in: minimumFactor...maximumFactor, using: &random)
        return try sample.resized(
            to: Self.scaled(sample.image.size, by: factor), interpolation: interpolation, antialias: antialias,
            remedy: Self.remedy)
    }

    private static let remedy = "Crop before 'random_scale', or make 'maximum_factor' smaller"

    private static func scaled(_ size: Size, by factor: Float) -> Size {
        func scaled(_ length: Int) -> Int { max(Int((Float(length) * factor).rounded()), 1) }
        return Size(height: scaled(size.height), width: scaled(size.width))
    }

    public func sizes(of sizes: SizeRange, name: String) throws(ImageError) -> SizeRange? {
        let largest = Self.scaled(sizes.largest, by: maximumFactor)
        try sizes.largest.checkGrowth(to: largest, name: name, remedy: Self.remedy)
        return SizeRange(smallest: Self.scaled(sizes.smallest, by: minimumFactor), largest: largest)
    }
}

/// Pads samples to at least a size, or to a multiple of a length.
public struct Pad: Transform, BuildableOptions {
    /// The minimum size; larger samples stay as they are. Either this or `divisor` is required.
    public var size: SizeOption?
    /// What both sides become a multiple of, from 1 to 65,536.
    public var divisor: Int?
    /// Whether pixels are added on all sides, not only at the bottom and right. By default false.
    public var isCentered = false
    /// The value of added pixels in every channel. By default 0.
    public var fill: UInt8 = 0
    /// The label of added pixels of a mask. Configurations take it from the data set.
    public var ignoreIndex: Int?

    private enum CodingKeys: String, CodingKey { case size, divisor, isCentered = "centered", fill }

    public var imageSupport: ImageSupport { .all }

    public init() {}

    /// - Parameters:
    ///   - size: The minimum size; larger samples stay as they are.
    ///   - divisor: What both sides become a multiple of; instead of `size`.
    ///   - isCentered: Whether pixels are added on all sides, not only at the bottom and right.
    ///   - fill: The value of added pixels in every channel.
    ///   - ignoreIndex: The label of added pixels of a mask; required for masks.
    public init(
        size: Size? = nil, divisor: Int? = nil, isCentered: Bool = false, fill: UInt8 = 0, ignoreIndex: Int? = nil
    ) {
        self.size = size.map(SizeOption.init)
        self.divisor = divisor
        self.isCentered = isCentered
        self.fill = fill
        self.ignoreIndex = ignoreIndex
        requireOptions("Pad", validate)
    }

    public func validate() throws {
        try size?.validate()
        if (size == nil) == (divisor == nil) {
            throw OptionError("size", "must be given, or 'divisor', and not both")
        }
        if let divisor { try check("divisor", divisor, in: 1...65_536) }
    }

    public func build(_ environment: TransformEnvironment, in registry: Registry) throws -> any Transform {
        var result = self
        result.ignoreIndex = try environment.labelOfAddedPixels(for: "pad")
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        try sample.padded(
            toAtLeast: paddedSize(of: sample.image.size, name: sample.name), isCentered: isCentered, fill: fill,
            ignoreIndex: ignoreIndex)
    }

    private func paddedSize(of old: Size, name: String) throws(ImageError) -> Size {
        let step = divisor ?? 1
        func rounded(_ length: Int) -> Int { (length + step - 1) / step * step }
        let wanted = size?.size ?? Size(height: rounded(old.height), width: rounded(old.width))
        let new = Size(height: max(wanted.height, old.height), width: max(wanted.width, old.width))
        try old.checkGrowth(to: new, name: name, remedy: "Make 'size' or 'divisor' smaller")
        return new
    }

    public func sizes(of sizes: SizeRange, name: String) throws(ImageError) -> SizeRange? {
        try sizes.map { size throws(ImageError) in try paddedSize(of: size, name: name) }
    }
}

/// Mirrors samples at random.
public struct Flip: Transform, BuildableOptions {
    /// The probability of a flip left to right. By default 0.5.
    public var horizontal: Float = 0.5
    /// The probability of a flip top to bottom. By default 0.
    public var vertical: Float = 0

    public var keepsLayout: Bool { false }

    public var imageSupport: ImageSupport { .all }

    public init() {}

    /// - Parameters:
    ///   - horizontal: The probability of a flip left to right.
    ///   - vertical: The probability of a flip top to bottom.
    public init(horizontal: Float = 0.5, vertical: Float = 0) {
        self.horizontal = horizontal
        self.vertical = vertical
        requireOptions("Flip", validate)
    }

    public func validate() throws {
        try check("horizontal", horizontal, .fraction)
        try check("vertical", vertical, .fraction)
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

/// Rotates samples about their centre by a random angle, at their size: images bilinearly, masks by nearest neighbour.
public struct Rotate: Transform, BuildableOptions {
    /// The largest angle in either direction, in degrees. By default 10.
    public var degrees: Float = 10
    /// The probability of a rotation. By default 1.
    public var probability: Float = 1
    /// The value of pixels from outside in every channel. By default 0.
    public var fill: UInt8 = 0
    /// The label of pixels from outside of a mask. Configurations take it from the data set.
    public var ignoreIndex: Int?

    private enum CodingKeys: CodingKey { case degrees, probability, fill }

    public var keepsLayout: Bool { false }

    public var imageSupport: ImageSupport { .all }

    public init() {}

    /// - Parameters:
    ///   - degrees: The largest angle in either direction, up to 180.
    ///   - probability: The probability of a rotation.
    ///   - fill: The value of pixels from outside in every channel.
    ///   - ignoreIndex: The label of pixels from outside of a mask; required for masks.
    public init(degrees: Float = 10, probability: Float = 1, fill: UInt8 = 0, ignoreIndex: Int? = nil) {
        self.degrees = degrees
        self.probability = probability
        self.fill = fill
        self.ignoreIndex = ignoreIndex
        requireOptions("Rotate", validate)
    }

    public func validate() throws {
        guard 0...180 ~= degrees else { throw OptionError("degrees", "must be from 0 to 180, not \(degrees)") }
        try check("probability", probability, .fraction)
    }

    public func build(_ environment: TransformEnvironment, in registry: Registry) throws -> any Transform {
        var result = self
        result.ignoreIndex = try environment.labelOfAddedPixels(for: "rotate")
        return result
    }

    public func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
        let isRotated = Float.random(in: 0..<1, using: &random) < probability
        let angle = Float.random(in: -degrees...degrees, using: &random)
        guard isRotated, angle != 0 else { return sample }
        return try sample.warped(
            by: .rotation(degrees: Double(angle), of: sample.image.size), fill: fill, ignoreIndex: ignoreIndex)
    }
}
