import NNLayers

/// A rectangle within an image, in pixels.
public struct Region: Hashable, Sendable {
    /// The first row.
    public var top: Int
    /// The first column.
    public var left: Int
    /// The height and width.
    public var size: Size

    /// A rectangle; by default at the upper left corner.
    public init(top: Int = 0, left: Int = 0, size: Size) {
        self.top = top
        self.left = left
        self.size = size
    }

    /// The rows from top to bottom.
    public var rows: Range<Int> { top..<top + size.height }
    /// The columns from left to right.
    public var columns: Range<Int> { left..<left + size.width }

    /// Whether the rectangles have a pixel in common.
    public func overlaps(_ other: Region) -> Bool { rows.overlaps(other.rows) && columns.overlaps(other.columns) }
}

/// An image as a network for each pixel sees it in evaluation and prediction, and where in it the original is.
///
/// Transforms that keep the layout are applied. Crops, flips and rotations are left out, since every pixel of the
/// original is to be predicted. Resizing is undone on the logits, and padding is cropped from them.
@_spi(Internal) public struct PreparedImage: Sendable {
    /// The transformed image.
    public let image: Image
    /// The part of it that shows the original; the rest is padding.
    public let region: Region

    /// The label that the transforms must give to padding.
    public static let paddingLabel: UInt8 = 255

    /// Applies transforms to an image.
    /// - Parameters:
    ///   - original: The image.
    ///   - name: The name of the image in errors.
    ///   - transforms: The transforms of validation, with ``paddingLabel`` as the ignored label.
    /// - Throws: ``ImageError`` for an image that they do not accept or of which they leave nothing.
    public init(_ original: Image, name: String, transforms: [any Transform]) throws {
        let transforms = transforms.filter(\.keepsLayout)
        guard !transforms.isEmpty else {
            image = original
            region = Region(size: original.size)
            return
        }
        // Transforms mark padding in this mask, so that it can be cropped again.
        let blank = Image(size: original.size, channels: 1)
        var sample = Sample(image: original, target: .mask(blank), name: name)
        // The transforms of validation are deterministic; the generator is not used.
        var random = RandomGenerator(key: RandomKey(seed: 0))
        for transform in transforms { sample = try transform.applied(to: sample, random: &random) }
        guard case .mask(let mask) = sample.target, let kept = Self.region(of: 0, in: mask) else {
            throw ImageError(
                file: name, reason: "the transforms of validation remove all of it",
                remedy: "Train with other transforms for validation")
        }
        image = sample.image
        region = kept
    }

    /// The bounding box of all pixels with a value; nil if there are none.
    private static func region(of value: UInt8, in mask: Image) -> Region? {
        mask.pixels.withUnsafeBufferPointer { pixels in
            func row(_ index: Int) -> UnsafeBufferPointer<UInt8> {
                UnsafeBufferPointer(rebasing: pixels[index * mask.width..<(index + 1) * mask.width])
            }
            let rows = (0..<mask.height).filter { row($0).contains(value) }
            guard let top = rows.first, let bottom = rows.last else { return nil }
            let lefts = rows.compactMap { row($0).firstIndex(of: value) }
            let rights = rows.compactMap { row($0).lastIndex(of: value) }
            guard let left = lefts.min(), let right = rights.max() else { return nil }
            return Region(top: top, left: left, size: Size(height: bottom - top + 1, width: right - left + 1))
        }
    }
}

/// The mask of an image before any transform, for evaluation.
public struct OriginalMask: Sendable {
    /// The class indices, int32 `[1, H, W]` at the size of the original image.
    public let labels: Tensor
    /// The part of the transformed image that shows the original.
    public let region: Region

    /// - Parameters:
    ///   - labels: The class indices, int32 `[1, H, W]`.
    ///   - region: The part of the transformed image that shows the original.
    public init(labels: Tensor, region: Region) {
        self.labels = labels
        self.region = region
    }
}
