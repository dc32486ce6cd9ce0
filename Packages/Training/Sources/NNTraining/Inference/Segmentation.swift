import Foundation
import NNDatasets
import NNLayers
import NNPlotting

/// What a network says of each pixel of a picture.
public struct Segmentation: Sendable {
    /// The part of a picture that one class has.
    public struct ClassArea: Sendable, Codable, Equatable {
        public var index: Int
        public var name: String
        public var pixels: Int
        /// Of the whole picture, from 0 to 1.
        public var share: Double
    }

    /// One channel, in the size of the picture: the class of each pixel.
    public let mask: Image
    private let data: DataDescription

    public init(mask: Image, data: DataDescription) {
        self.mask = mask
        self.data = data
    }

    /// The colour of each class.
    public var colors: [Color] { data.classColors ?? Color.classes(data.classNames.count) }

    /// The classes that occur, the largest first.
    public var areas: [ClassArea] {
        let counts = mask.histogram(channel: 0)
        return counts.indices.filter { counts[$0] > 0 }.sorted { (counts[$1], $0) < (counts[$0], $1) }.map { index in
            ClassArea(
                index: index, name: data.className(index), pixels: counts[index],
                share: Double(counts[index]) / Double(mask.size.area))
        }
    }

    /// The mask as an RGB picture in the colours of the classes.
    public var picture: Image { mask.colored(colors) }

    /// The mask in colours over the picture that it was predicted of.
    public func overlay(on image: Image, opacity: Float = 0.5) -> Image { image.overlaid(picture, opacity: opacity) }

    /// The colours of all classes with their names.
    public static func legend(of data: DataDescription) -> Legend {
        let colors = data.classColors ?? Color.classes(data.classNames.count)
        return Legend(Array(zip(data.classNames, colors)).map { ($0, $1) })
    }
}

extension Predictor {
    /// The most logits that are held at once: 256 MB of float32. Larger pictures are done in regions.
    private static let largestLogitCount = 1 << 26

    /// Predicts the class of each pixel of the picture in a PNG or JPEG file.
    /// - Throws: `ImageError` for a file that cannot be read, or a picture that the transforms or the network cannot
    ///   take.
    public func segment(contentsOf url: URL) throws -> Segmentation {
        try segment(Image(contentsOf: url), name: url.path)
    }

    /// Predicts the class of each pixel of an RGB picture of any size.
    ///
    /// Crops, mirroring and rotation of validation are left out. Where its other transforms change the size, logits
    /// are brought back to the size of the picture bilinearly, and the mask of a picture that is too large for that
    /// by nearest pixels.
    /// - Parameter name: What errors call the picture.
    /// - Throws: `ImageError` for a picture that the transforms or the network cannot take.
    public func segment(_ image: Image, name: String = "the picture") throws -> Segmentation {
        require(task == .segmentation, "segment: the network predicts one class for each picture")
        // Pixels that transforms add get a label of their own in this mask, and so can be taken away again.
        let blank = Image(size: image.size, channels: 1)
        let sample = try prepared(Sample(image: image, target: .mask(blank), name: name))
        guard case .mask(let mask) = sample.target, let kept = Self.region(of: 0, in: mask) else {
            throw ImageError(
                file: name, reason: "the transforms of validation leave nothing of it",
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

    /// The classes of a region that is too large for its logits to be held at once.
    private func classes(
        of kept: Region, in picture: Image, window: InferenceOptions.Window?, name: String
    ) throws -> Image {
        var result = Image(size: kept.size, channels: 1)
        let side = max(Int(Double(Self.largestLogitCount / max(data.classNames.count, 1)).squareRoot()), 1)
        for top in stride(from: 0, to: kept.size.height, by: side) {
            for left in stride(from: 0, to: kept.size.width, by: side) {
                let part = Size(height: min(side, kept.size.height - top), width: min(side, kept.size.width - left))
                let region = Region(top: kept.top + top, left: kept.left + left, size: part)
                let logits = try logits(of: region, in: picture, window: window, name: name)
                result.paste(Self.classes(logits), top: top, left: left)
            }
        }
        return result
    }

    /// The logits of a part of a prepared picture: `[1, height, width, classes]`.
    private func logits(
        of region: Region, in picture: Image, window: InferenceOptions.Window?, name: String
    ) throws -> Tensor {
        guard let window else {
            let whole = try logits(of: picture, name: name)
            return whole.slice(axis: 1, range: region.rows).slice(axis: 2, range: region.columns)
        }
        var blend = SlidingWindow(network, window: window.size, overlap: window.overlap)
            .blend(of: region, in: picture.size)
        for part in blend.windows {
            let pixels = picture.cropped(top: part.top, left: part.left, size: part.size)
            blend.add(try logits(of: pixels, name: name), of: part)
        }
        return blend.logits
    }

    /// The likeliest class of each pixel of `[1, H, W, classes]`.
    private static func classes(_ logits: Tensor) -> Image {
        let classes = Predictions(logits: logits).classes
        return classes.withScalars(as: Int32.self) { classes in
            Image(
                size: Size(height: logits.shape[1], width: logits.shape[2]), channels: 1,
                pixels: classes.map { UInt8(truncatingIfNeeded: $0) })
        }
    }

    /// The smallest rectangle that holds all pixels of a value; nil where there is none.
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
    /// Puts a picture of the same channels, which lies within, in the place of what is there.
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
