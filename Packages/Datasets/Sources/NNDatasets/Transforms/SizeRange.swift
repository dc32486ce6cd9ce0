import NNLayers

/// The sizes that an image may have after random transforms, by its smallest and its largest one.
public struct SizeRange: Hashable, Sendable, Codable {
    /// The smallest height and width.
    public var smallest: Size
    /// The largest height and width.
    public var largest: Size

    /// All sizes between two.
    public init(smallest: Size, largest: Size) {
        self.smallest = smallest
        self.largest = largest
    }

    /// One size.
    public init(_ size: Size) { self.init(smallest: size, largest: size) }

    /// Whether there is only one size.
    public var isFixed: Bool { smallest == largest }

    /// Whether a size is one of them.
    public func contains(_ size: Size) -> Bool {
        smallest.height <= size.height && size.height <= largest.height && smallest.width <= size.width
            && size.width <= largest.width
    }

    /// The sizes after a change that makes no smaller image larger than a larger one.
    public func map(_ change: (Size) throws(ImageError) -> Size) throws(ImageError) -> SizeRange {
        let changed = try change(smallest)
        return SizeRange(smallest: changed, largest: isFixed ? changed : try change(largest))
    }

    private enum CodingKeys: CodingKey { case smallest, largest }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        smallest = try container.decode(SizeOption.self, forKey: .smallest).size
        largest = try container.decode(SizeOption.self, forKey: .largest).size
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(SizeOption(smallest), forKey: .smallest)
        try container.encode(SizeOption(largest), forKey: .largest)
    }
}

extension [any Transform] {
    /// The sizes of a transformed image; nil where a transform does not state them.
    /// - Parameter name: The name of the image, for errors.
    /// - Throws: ``ImageError`` of the first transform that cannot take the image.
    public func sizes(of size: Size, name: String) throws(ImageError) -> SizeRange? {
        var sizes = SizeRange(size)
        for transform in self {
            guard let next = try transform.sizes(of: sizes, name: name) else { return nil }
            sizes = next
        }
        return sizes
    }

    /// Whether pixels are added so that a random crop has its size.
    func fillsCrop(of size: Size) -> Bool {
        var sizes = SizeRange(size)
        for transform in self {
            if let crop = (transform as? RandomCrop)?.size.size,
                sizes.largest.height < crop.height || sizes.largest.width < crop.width
            {
                return true
            }
            guard let next = try? transform.sizes(of: sizes, name: "") else { return false }
            sizes = next
        }
        return false
    }
}

/// A transform that changes no size.
protocol SizeKeeping: Transform {}

extension SizeKeeping {
    public func sizes(of sizes: SizeRange, name: String) throws(ImageError) -> SizeRange? { sizes }
}

extension Flip: SizeKeeping {}
extension Rotate: SizeKeeping {}
extension ColorJitter: SizeKeeping {}
extension Grayscale: SizeKeeping {}
extension ToBGR: SizeKeeping {}
extension GaussianBlur: SizeKeeping {}
extension RandAugment: SizeKeeping {}
extension TrivialAugment: SizeKeeping {}
extension RandomErasing: SizeKeeping {}
extension Affine: SizeKeeping {}
extension Elastic: SizeKeeping {}
extension Noise: SizeKeeping {}

// Transforms that crop a part of any image, and resize it.
extension RandomSideCrop {
    public func sizes(of sizes: SizeRange, name: String) -> SizeRange? { SizeRange(size.size) }
}
extension RandomResizedCrop {
    public func sizes(of sizes: SizeRange, name: String) -> SizeRange? { SizeRange(size.size) }
}
