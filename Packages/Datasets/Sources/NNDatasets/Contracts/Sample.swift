import Foundation
import NNLayers

/// An image with its target.
public struct Sample: Sendable {
    /// The image, usually RGB, as it was read or transformed; not normalized.
    public var image: Image
    /// The label, mask or values.
    public var target: Target
    /// The path of the image, or another name for error messages.
    public let name: String
    /// How the image was decoded; nil where it has all pixels of its file.
    private var reduction: Reduction?

    /// - Parameter name: The path of the image, or another name for error messages.
    public init(image: Image, target: Target, name: String) {
        self.init(image: image, target: target, name: name, reduction: nil)
    }

    /// A sample whose image may have been decoded at a fraction of its size.
    init(image: Image, target: Target, name: String, reduction: Reduction?) {
        self.image = image
        self.target = target
        self.name = name
        self.reduction = reduction
    }

    /// The size that the image would have if all pixels of its file had been decoded; its own once a transform has
    /// changed it. What is drawn or rounded in these pixels does not depend on the fraction.
    public var fullSize: Size { currentReduction?.fullSize ?? image.size }

    /// How the image was decoded, as long as it has the size of then.
    private var currentReduction: Reduction? { reduction.flatMap { $0.size == image.size ? $0 : nil } }
}

/// What is to be predicted for an image.
public enum Target: Hashable, Sendable {
    /// The class index of the whole image.
    case label(Int)
    /// The class index of each pixel: one channel, at the size of the image.
    case mask(Image)
    /// Float32 values, which transforms of images leave as they are: 1 or 0 for each of several classes, or numbers.
    case values(TargetValues)
}

/// Values to be predicted for an image, of any shape; NaN for unknown ones.
///
/// ```swift
/// let target = Target.values([0.25, 0.75, .nan])
/// ```
public struct TargetValues: Hashable, Sendable, ExpressibleByArrayLiteral {
    /// The values in row-major order.
    public let floats: [Float]
    /// The shape, `[C]` for one vector; batches have `[N]` before it.
    public let shape: Shape

    /// Values of a shape; traps unless it has as many elements.
    /// - Parameters:
    ///   - floats: The values in row-major order; NaN for unknown ones.
    ///   - shape: The shape; nil for a vector.
    public init(_ floats: [Float], shape: Shape? = nil) {
        let shape = shape ?? [floats.count]
        require(shape.elementCount == floats.count, "TargetValues: \(floats.count) values of shape \(shape)")
        self.floats = floats
        self.shape = shape
    }

    /// A vector.
    public init(arrayLiteral elements: Float...) { self.init(elements) }

    /// Whether all bits are equal: an unknown value equals itself.
    public static func == (left: Self, right: Self) -> Bool {
        left.shape == right.shape && left.floats.elementsEqual(right.floats) { $0.bitPattern == $1.bitPattern }
    }

    /// Hashes the bits.
    public func hash(into hasher: inout Hasher) {
        for value in floats { hasher.combine(value.bitPattern) }
    }
}

extension Target {
    /// The target in words, for captions and messages: the class, the classes whose flags are 1, or values with names.
    /// - Parameters:
    ///   - names: The names of the classes or values.
    ///   - kind: The kind of labels.
    public func text(names: [String], kind: LabelKind) -> String {
        func name(_ index: Int) -> String { names.indices.contains(index) ? names[index] : "\(index)" }
        switch self {
        case .label(let label): return names.indices.contains(label) ? names[label] : "label \(label)"
        case .mask: return "a mask"
        case .values(let values) where kind == .flags:
            let unknown = values.floats.indices.filter { values.floats[$0].isNaN }.map { name($0) + "?" }
            let classes = values.floats.indices.filter { values.floats[$0] == 1 }.map(name) + unknown
            return classes.isEmpty ? "none" : classes.joined(separator: ", ")
        case .values(let values):
            return values.floats.enumerated()
                .map { "\(name($0.offset)) \($0.element.isNaN ? "?" : String(format: "%.3g", $0.element))" }
                .joined(separator: ", ")
        }
    }

    /// Whether it is a mask, which has the size of its image.
    var isMask: Bool { form == .mask }

    /// The kind of labels, by their form: values may be flags as well as numbers, which the data set tells apart.
    var form: Form {
        switch self {
        case .label: .label
        case .mask: .mask
        case .values(let values): .values(values.shape)
        }
    }

    /// What all samples of a batch have in common.
    enum Form: Hashable, CustomStringConvertible {
        case label, mask
        case values(Shape)

        var description: String {
            switch self {
            case .label: "a label"
            case .mask: "a mask"
            case .values(let shape): "values of shape \(shape)"
            }
        }

        /// The form of such labels; nil for class indices, which images have as well as pixels.
        func isOf(_ kind: LabelKind) -> Bool {
            if case .values = self { kind != .classes } else { kind == .classes }
        }
    }
}

/// Geometric operations for transforms: they apply to the image and, where there is one, to its mask, in which
/// class indices are never blended. Labels and values of the whole image stay the same.
extension Sample {
    /// The sample with its image changed, and its mask by another function.
    public func mapImages(_ change: (Image) -> Image, mask changeMask: (Image) -> Image) -> Sample {
        var result = self
        result.image = change(image)
        if result.image.size != image.size { result.reduction = nil }
        if case .mask(let mask) = target { result.target = .mask(changeMask(mask)) }
        return result
    }

    /// The sample with its image and mask changed by one function.
    public func mapImages(_ change: (Image) -> Image) -> Sample { mapImages(change, mask: change) }

    /// The sample at another size: the image by a filter, see ``Image/resized(to:interpolation:antialias:)``, the mask by
    /// nearest neighbour.
    public func resized(
        to size: Size, interpolation: Image.Interpolation = .bilinear, antialias: Bool = true
    ) -> Sample {
        if let reduction = currentReduction {
            let whole = Region(size: reduction.fullSize)
            return resized(reduction, whole, to: size, interpolation: interpolation, antialias: antialias)
        }
        return mapImages {
            $0.resized(to: size, interpolation: interpolation, antialias: antialias)
        } mask: {
            $0.resized(to: size, interpolation: .nearest)
        }
    }

    /// The sample at another size, one that is derived from that of the image and may be too large.
    /// - Throws: ``ImageError`` with the remedy, see ``checkSize(_:remedy:)``.
    public func resized(
        to size: Size, interpolation: Image.Interpolation = .bilinear, antialias: Bool = true, remedy: String
    ) throws(ImageError) -> Sample {
        try checkSize(size, remedy: remedy)
        return resized(to: size, interpolation: interpolation, antialias: antialias)
    }

    /// The part of `size` pixels whose upper left corner is at row `top` and column `left`; it must lie within the
    /// image, see ``checkRoom(for:remedy:)``.
    public func cropped(top: Int, left: Int, size: Size) -> Sample {
        mapImages { $0.cropped(top: top, left: left, size: size) }
    }

    /// A part of the image, at another size. The mask is resized by nearest neighbour.
    /// - Parameter part: The part in pixels of ``fullSize``, within it.
    public func resized(
        part: Region, to size: Size, interpolation: Image.Interpolation = .bilinear, antialias: Bool = true
    ) -> Sample {
        if let reduction = currentReduction {
            return resized(reduction, part, to: size, interpolation: interpolation, antialias: antialias)
        }
        return cropped(top: part.top, left: part.left, size: part.size)
            .resized(to: size, interpolation: interpolation, antialias: antialias)
    }

    /// A part of an image that was decoded at a fraction of its size; edges of the part lie within its pixels.
    private func resized(
        _ reduction: Reduction, _ part: Region, to size: Size, interpolation: Image.Interpolation, antialias: Bool
    ) -> Sample {
        var result = self
        let (rows, columns) = reduction.sections(of: part)
        result.image =
            image
            .cropped(
                top: rows.first, left: columns.first,
                size: Size(height: rows.section.count, width: columns.section.count)
            )
            .resized(
                to: size, rows: rows.section, columns: columns.section, interpolation: interpolation,
                antialias: antialias)
        result.reduction = nil
        return result
    }

    /// The sample with pixels added around it.
    /// - Parameters:
    ///   - fill: The value of added pixels in every channel of the image.
    ///   - ignoreIndex: The label of added pixels of a mask, from 0 to 255.
    /// - Throws: ``ImageError`` for a mask without an ignore index.
    public func padded(_ insets: EdgeInsets, fill: UInt8 = 0, ignoreIndex: Int? = nil) throws(ImageError) -> Sample {
        if insets == 0 { return self }
        let label = try labelOfAddedPixels(ignoreIndex)
        return mapImages {
            $0.padded(insets, value: fill)
        } mask: {
            $0.padded(insets, value: label)
        }
    }

    /// The sample padded to at least a size: at the bottom and right or, if `isCentered`, on all sides.
    /// - Parameters:
    ///   - fill: The value of added pixels in every channel of the image.
    ///   - ignoreIndex: The label of added pixels of a mask, from 0 to 255.
    /// - Throws: ``ImageError`` for a mask without an ignore index.
    public func padded(
        toAtLeast size: Size, isCentered: Bool = false, fill: UInt8 = 0, ignoreIndex: Int? = nil
    ) throws(ImageError) -> Sample {
        let rows = max(size.height - image.height, 0)
        let columns = max(size.width - image.width, 0)
        let (top, left) = isCentered ? (rows / 2, columns / 2) : (0, 0)
        return try padded(
            EdgeInsets(top: top, bottom: rows - top, left: left, right: columns - left), fill: fill,
            ignoreIndex: ignoreIndex)
    }

    /// The sample warped at its size: the image bilinearly, the mask by nearest neighbour.
    /// - Parameters:
    ///   - border: What lies outside.
    ///   - fill: The value of pixels from outside in every channel of the image, with a constant border.
    ///   - ignoreIndex: The label of pixels from outside of a mask, from 0 to 255, with a constant border.
    /// - Throws: ``ImageError`` for a mask without an ignore index.
    public func warped(
        by map: AffineMap, border: Image.Border = .constant, fill: UInt8 = 0, ignoreIndex: Int? = nil
    ) throws(ImageError) -> Sample {
        if map == .identity { return self }
        let label = border == .constant ? try labelOfAddedPixels(ignoreIndex) : 0
        return mapImages {
            $0.warped(by: map, interpolation: .bilinear, border: border, fill: fill)
        } mask: {
            $0.warped(by: map, interpolation: .nearest, border: border, fill: label)
        }
    }

    /// The sample with its pixels displaced: the image bilinearly, the mask by nearest neighbour.
    /// - Parameters:
    ///   - border: What lies outside.
    ///   - fill: The value of pixels from outside in every channel of the image, with a constant border.
    ///   - ignoreIndex: The label of pixels from outside of a mask, from 0 to 255, with a constant border.
    /// - Throws: ``ImageError`` for a mask without an ignore index.
    public func displaced(
        by field: DisplacementField, border: Image.Border = .constant, fill: UInt8 = 0, ignoreIndex: Int? = nil
    ) throws(ImageError) -> Sample {
        let label = border == .constant ? try labelOfAddedPixels(ignoreIndex) : 0
        return mapImages {
            $0.displaced(by: field, interpolation: .bilinear, border: border, fill: fill)
        } mask: {
            $0.displaced(by: field, interpolation: .nearest, border: border, fill: label)
        }
    }

    /// Checks that an image can have a size.
    /// - Throws: ``ImageError`` with the remedy above ``Image/maximumPixelCount``.
    public func checkSize(_ size: Size, remedy: String) throws(ImageError) {
        try image.size.checkGrowth(to: size, name: name, remedy: remedy)
    }

    /// Checks that a crop fits into the image.
    /// - Throws: ``ImageError`` with the remedy.
    public func checkRoom(for crop: Size, remedy: String) throws(ImageError) {
        try image.size.checkRoom(for: crop, name: name, remedy: remedy)
    }

    /// The label of pixels that are added to a mask; 0 where there is none.
    /// - Throws: ``ImageError`` for a mask without an ignore index.
    func labelOfAddedPixels(_ ignoreIndex: Int?) throws(ImageError) -> UInt8 {
        let label = ignoreIndex.flatMap { UInt8(exactly: $0) }
        if case .mask = target, label == nil {
            throw ImageError(
                file: name, reason: "pixels must be added to its mask, and the data set has no ignore index for them",
                remedy: "Give the data set an 'ignore_index' (the transform, in Swift), or use a transform that adds "
                    + "no pixels")
        }
        return label ?? 0
    }
}

/// Checks of sizes, for transforms of samples and for ``Transform/sizes(of:name:)``.
extension Size {
    func checkGrowth(to size: Size, name: String, remedy: String) throws(ImageError) {
        guard size.area <= Image.maximumPixelCount else {
            throw ImageError(file: name, reason: "its \(self) pixels would become \(size)", remedy: remedy)
        }
    }

    func checkRoom(for crop: Size, name: String, remedy: String) throws(ImageError) {
        guard height >= crop.height, width >= crop.width else {
            throw ImageError(
                file: name, reason: "the image of \(self) pixels is smaller than the crop of \(crop)", remedy: remedy)
        }
    }
}
