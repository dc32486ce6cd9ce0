import Foundation
@_spi(Internal) import NNDatasets
import NNLayers
@_spi(Internal) import NNPlotting

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
    /// The size of the windows in which the image was predicted; nil for an image that was predicted as a whole.
    public let window: Size?
    private let data: DataDescription

    /// A predicted mask with the description of its classes, of an image that was predicted as a whole by default.
    public init(mask: Image, data: DataDescription, window: Size? = nil) {
        self.mask = mask
        self.data = data
        self.window = window
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
        let entries = Array(zip(data.classNames, colors)).enumerated()
        return Legend(entries.map { (DrawnName.text($0.element.0, index: $0.offset), $0.element.1) })
    }
}

extension Predictor {
    /// Predicts the class of each pixel of the image in a file.
    /// - Throws: `ImageError` for a file that cannot be read, or an image that the transforms or the network do not
    ///   accept.
    public func segment(contentsOf url: URL) throws -> Segmentation {
        try segment(reader.image(contentsOf: url), name: url.path)
    }

    /// Predicts the class of each pixel of an image of any size, as an ``Evaluator`` does.
    ///
    /// Crops, flips and rotations of validation are omitted. If its other transforms change the size, logits are
    /// resized to the input bilinearly.
    /// - Parameters:
    ///   - image: The image.
    ///   - name: The name of the image in errors.
    /// - Throws: `ImageError` for an image that the transforms or the network do not accept.
    public func segment(_ image: Image, name: String = "the image") throws -> Segmentation {
        require(
            task.isDense && task.labels == .classes,
            "segment: the task is \(task.rawValue), not one class for each pixel")
        let prepared = try PreparedImage(image, name: name, transforms: transforms)
        try checkChannels(of: prepared.image, name: name)
        let prediction = PixelPrediction(network: self.prepared, options: options, precision: precision)
        let input = PixelPrediction.Input(
            size: prepared.image.size, region: prepared.region, originalSize: image.size, name: name,
            pixels: { part in
                let pixels =
                    part.size == prepared.image.size
                    ? prepared.image : prepared.image.cropped(top: part.top, left: part.left, size: part.size)
                return self.data.normalization.tensor(of: pixels, as: self.precision.dataType)
            })
        var classes = Image(size: image.size, channels: 1)
        try prediction.forEachRegion(of: input, inputs: &inputs) { logits, region in
            let part = Image(classIndices: Predictions(logits: logits).classes)
            if region.size == image.size {
                classes = part
            } else {
                classes.paste(part, top: region.top, left: region.left)
            }
        }
        return Segmentation(mask: classes, data: data, window: options.window(for: prepared.image.size)?.size)
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
