import Foundation
import NNDatasets
import NNLayers
import NNPlotting

/// The predicted classes of the pixels of an image.
public struct Segmentation: Sendable {
    /// The area of a class.
    public struct ClassArea: Sendable, Codable, Equatable {
        /// The index of the class.
        public var index: Int
        /// The name of the class, or its index if it has none.
        public var name: String
        /// The number of pixels.
        public var pixels: Int
        /// The fraction of the image, from 0 to 1.
        public var share: Double
    }

    /// The class of each pixel, as an image with one channel in the size of the input.
    public let mask: Image
    private let data: DataDescription

    /// A predicted mask with the description of its classes.
    public init(mask: Image, data: DataDescription) {
        self.mask = mask
        self.data = data
    }

    /// The colour of each class.
    public var colors: [Color] { data.classColors ?? Color.classes(data.classNames.count) }

    /// The areas of the classes that occur, the largest first.
    public var areas: [ClassArea] {
        let counts = mask.histogram(channel: 0)
        return counts.indices.filter { counts[$0] > 0 }.sorted { (counts[$1], $0) < (counts[$0], $1) }.map { index in
            ClassArea(
                index: index, name: data.className(index), pixels: counts[index],
                share: Double(counts[index]) / Double(mask.size.area))
        }
    }

    /// The mask as an RGB image in the colours of the classes.
    public var coloredMask: Image { mask.colored(colors) }

    /// The coloured mask over the image that it was predicted from, or its first three channels, with an opacity from 0
    /// to 1.
    public func overlay(on image: Image, opacity: Float = 0.5) -> Image {
        image.view().overlaid(coloredMask, opacity: opacity)
    }

    /// The legend of all classes with their colours.
    public static func legend(of data: DataDescription) -> Legend {
        let colors = data.classColors ?? Color.classes(data.classNames.count)
        return Legend(Array(zip(data.classNames, colors)).map { ($0, $1) })
    }
}

extension Predictor {
    /// The most logits in memory at once: 256 MB of float32. Larger images are predicted in regions.
    private static let largestLogitCount = 1 << 26

    /// Predicts the class of each pixel of the image in a file.
    /// - Throws: `ImageError` for a file that cannot be read, or an image that the transforms or the network do not
    ///   accept.
    public func segment(contentsOf url: URL) throws -> Segmentation {
        try segment(reader.image(contentsOf: url), name: url.path)
    }

    /// Predicts the class of each pixel of an image of any size.
    ///
    /// Crops, flips and rotations of validation are omitted. If its other transforms change the size, logits are
    /// resized to the input bilinearly; for an image that is too large for that, the mask is, by nearest neighbour.
    /// - Parameters:
    ///   - image: The image.
    ///   - name: The name of the image in errors.
    /// - Throws: `ImageError` for an image that the transforms or the network do not accept.
    public func segment(_ image: Image, name: String = "the image") throws -> Segmentation {
        require(
            task.isDense && task.labels == .classes,
            "segment: the task is \(task.rawValue), not one class for each pixel")
        // Transforms mark padding in this mask, so that it can be cropped again.
        let blank = Image(size: image.size, channels: 1)
        let sample = try prepared(Sample(image: image, target: .mask(blank), name: name))
        guard case .mask(let mask) = sample.target, let kept = Self.region(of: 0, in: mask) else {
            throw ImageError(
                file: name, reason: "the transforms of validation remove all of it",
                remedy: "Train with other transforms for validation")
        }
        let classCount = max(data.classNames.count, 1)
        let window = options.window(for: sample.image.size)
        let classes: Image
        if window == nil || kept.size.area * classCount <= Self.largestLogitCount {
            let logits = try logits(of: kept, in: sample.image, window: window, name: name)
            classes =
                image.size.area * classCount <= Self.largestLogitCount
                ? Self.classes(logits.resized(to: image.size, method: .bilinear()))
                : Self.classes(logits).resized(to: image.size, interpolation: .nearest)
        } else {
            classes = try self.classes(of: kept, in: sample.image, window: window, name: name)
                .resized(to: image.size, interpolation: .nearest)
        }
        return Segmentation(mask: classes, data: data)
    }

    /// The classes of a region whose logits do not fit into memory at once.
    private func classes(
        of kept: Region, in image: Image, window: InferenceOptions.Window?, name: String
    ) throws -> Image {
        var result = Image(size: kept.size, channels: 1)
        let side = max(Int(Double(Self.largestLogitCount / max(data.classNames.count, 1)).squareRoot()), 1)
        for top in stride(from: 0, to: kept.size.height, by: side) {
            for left in stride(from: 0, to: kept.size.width, by: side) {
                let part = Size(height: min(side, kept.size.height - top), width: min(side, kept.size.width - left))
                let region = Region(top: kept.top + top, left: kept.left + left, size: part)
                let logits = try logits(of: region, in: image, window: window, name: name)
                result.paste(Self.classes(logits), top: top, left: left)
            }
        }
        return result
    }

    /// The logits of a region of a prepared image: `[1, height, width, classes]`.
    private func logits(
        of region: Region, in image: Image, window: InferenceOptions.Window?, name: String
    ) throws -> Tensor {
        guard let window else {
            let whole = try logits(of: image, name: name)
            return whole.slice(axis: 1, range: region.rows).slice(axis: 2, range: region.columns)
        }
        var blend = SlidingWindow(network, window: window.size, overlap: window.overlap)
            .blend(of: region, in: image.size)
        for part in blend.windows {
            let pixels = image.cropped(top: part.top, left: part.left, size: part.size)
            blend.add(try logits(of: pixels, name: name), of: part)
        }
        return blend.logits
    }

    /// The most likely class of each pixel of `[1, H, W, classes]`.
    private static func classes(_ logits: Tensor) -> Image { Image(classIndices: Predictions(logits: logits).classes) }

    /// The bounding box of all pixels with a value; nil if there are none.
    private static func region(of value: UInt8, in mask: Image) -> Region? {
        let rows = (0..<mask.height).filter { row in
            mask.pixels[row * mask.width..<(row + 1) * mask.width].contains(value)
        }
        guard let top = rows.first, let bottom = rows.last else { return nil }
        let columns = (0..<mask.width).filter { column in
            (top...bottom).contains { mask.pixels[$0 * mask.width + column] == value }
        }
        let (left, right) = (columns[0], columns[columns.count - 1])
        return Region(top: top, left: left, size: Size(height: bottom - top + 1, width: right - left + 1))
    }
}

extension Image {
    /// Replaces a part by an image with the same channels, which must lie within.
    fileprivate mutating func paste(_ other: Image, top: Int, left: Int) {
        let (pitch, part) = (width * channels, other.width * other.channels)
        withUnsafeMutablePixels { target in
            other.pixels.withUnsafeBufferPointer { source in
                for row in 0..<other.height {
                    for byte in 0..<part {
                        target[(top + row) * pitch + left * other.channels + byte] = source[row * part + byte]
                    }
                }
            }
        }
    }
}
