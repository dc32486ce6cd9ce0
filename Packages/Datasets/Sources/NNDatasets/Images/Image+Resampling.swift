import CNNImages
import Foundation
import NNCore

extension Image {
    /// How the pixels of a resized image are calculated, as in Pillow and in torchvision with `antialias=True`.
    public enum Interpolation: String, Sendable, Codable, CaseIterable {
        /// A triangle over one pixel on each side; of a reduced image, over as many pixels as become one.
        case bilinear
        /// A cubic convolution over two pixels on each side (Keys 1981, a = -0.5).
        case bicubic
        /// A windowed sinc over three pixels on each side (Lanczos).
        case lanczos
        /// The mean of the pixels that become one.
        case box
        /// The pixel that contains the centre of the new one. Masks need it: a blend of two class indices would be a
        /// third class.
        case nearest

        /// How far the filter reaches, in pixels of the smaller image.
        fileprivate var support: Double {
            switch self {
            case .box, .nearest: 0.5
            case .bilinear: 1
            case .bicubic: 2
            case .lanczos: 3
            }
        }

        /// The filter at a distance from its centre.
        fileprivate func weight(at x: Double) -> Double {
            let distance = abs(x)
            switch self {
            case .box, .nearest:
                // Open on one side, so that a pixel on the border of two belongs to one of them.
                return x > -0.5 && x <= 0.5 ? 1 : 0
            case .bilinear:
                return max(1 - distance, 0)
            case .bicubic:
                let a = -0.5
                if distance < 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
                return distance < 2 ? (((distance - 5) * distance + 8) * distance - 4) * a : 0
            case .lanczos:
                func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
                return distance < 3 ? sinc(x) * sinc(x / 3) : 0
            }
        }
    }

    /// The image at another size.
    ///
    /// The filter of a reduced image covers all pixels that become one, so that fine detail is averaged and not turned
    /// into patterns. The one direction is resampled first, then the other, with bytes in between, as Pillow does it.
    /// - Parameters:
    ///   - target: The new size.
    ///   - interpolation: The filter, bilinear by default.
    ///   - antialias: Whether the filter is widened by the reduction, as by default. Without it a reduced image has only
    ///     the pixels around the new centres, as in OpenCV, and in torchvision with `antialias=False`.
    public func resized(
        to target: Size, interpolation: Interpolation = .bilinear, antialias: Bool = true
    ) -> Image {
        resized(
            to: target, rows: Section(count: height), columns: Section(count: width), interpolation: interpolation,
            antialias: antialias)
    }

    /// A part of a side, in pixels that may be broken.
    struct Section: Hashable {
        /// The number of pixels of the side.
        let count: Int
        /// Where it begins.
        let start: Double
        /// How long it is.
        let length: Double

        /// A part, by default the whole.
        init(count: Int, start: Double = 0, length: Double? = nil) {
            self.count = count
            self.start = start
            self.length = length ?? Double(count)
        }
    }

    /// A part of the image at another size; `nearest` has none but the whole.
    func resized(
        to target: Size, rows: Section, columns: Section, interpolation: Interpolation, antialias: Bool
    ) -> Image {
        require(target.height > 0 && target.width > 0, "resized: to \(target)")
        if interpolation == .nearest { return resizedToNearest(to: target) }
        func resizingWidth(_ image: Image) -> Image {
            if columns == Section(count: target.width) { return image }
            let filter = ResamplingFilter(interpolation, from: columns, to: target.width, antialias: antialias)
            return image.resampledColumns(filter, to: target.width)
        }
        func resizingHeight(_ image: Image) -> Image {
            if rows == Section(count: target.height) { return image }
            let filter = ResamplingFilter(interpolation, from: rows, to: target.height, antialias: antialias)
            return image.resampledRows(filter, to: target.height)
        }
        return isHeightFirst(to: target) ? resizingWidth(resizingHeight(self)) : resizingHeight(resizingWidth(self))
    }

    /// Whether the height is resampled before the width: where it is reduced, and that saves a tenth of the products.
    ///
    /// Pillow 13 does much the same; earlier versions begin with the width. The order shows where a filter overshoots.
    private func isHeightFirst(to target: Size) -> Bool {
        let (rows, columns) = (Double(height) / Double(target.height), Double(width) / Double(target.width))
        guard rows > 1 else { return false }
        /// The products for each byte, as multiples of the filter's width.
        let (perRow, perColumn) = (rows, max(columns, 1))
        let widthFirst = Double(height) * perColumn + Double(target.height) * perRow
        let heightFirst = Double(target.height) * (columns * perRow + perColumn)
        return heightFirst < 0.9 * widthFirst
    }

    private func resampledColumns(_ filter: ResamplingFilter, to count: Int) -> Image {
        let size = Size(height: height, width: count)
        if let floats {
            return .ofFloats(size: size, channels: channels) {
                nn_resample_floats(
                    $0.baseAddress!, floats, Int64(height), Int64(width), Int64(count), Int64(channels),
                    filter.first, filter.taps, filter.weights, Int64(filter.weightCount))
            }
        }
        let scratchCount = Int(nn_resample_scratch(Int64(height), Int64(width), Int64(count), Int64(channels)))
        return Image(size: size, channels: channels) { result in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: scratchCount) { scratch in
                nn_resample_columns(
                    result.baseAddress!, pixels, Int64(height), Int64(width), Int64(count), Int64(channels),
                    filter.first, filter.taps, filter.weights, Int64(filter.weightCount), scratch.baseAddress!)
            }
        }
    }

    private func resampledRows(_ filter: ResamplingFilter, to count: Int) -> Image {
        if let floats {
            // Rows are the columns of one line whose pixels are whole rows.
            return .ofFloats(size: Size(height: count, width: width), channels: channels) {
                nn_resample_floats(
                    $0.baseAddress!, floats, 1, Int64(height), Int64(count), Int64(width * channels), filter.first,
                    filter.taps, filter.weights, Int64(filter.weightCount))
            }
        }
        return Image(size: Size(height: count, width: width), channels: channels) { result in
            nn_resample_rows(
                result.baseAddress!, pixels, Int64(width * channels), Int64(count), filter.first, filter.taps,
                filter.weights, Int64(filter.weightCount))
        }
    }

    private func resizedToNearest(to target: Size) -> Image {
        if target == size { return self }
        let (rows, columns) = (nearest(from: height, to: target.height), nearest(from: width, to: target.width))
        let bytes = pixelByteCount
        return copied(to: target) { result, source in
            var to = 0
            for row in 0..<target.height {
                let first = rows[row] * width
                for column in columns {
                    let from = (first + column) * bytes
                    for byte in 0..<bytes { result[to + byte] = source[from + byte] }
                    to += bytes
                }
            }
        }
    }
}

/// The old pixel that has the centre of each new one. Centres on the border of two pixels fall to the one that Pillow
/// takes, which adds up the distance of the centres.
private func nearest(from old: Int, to new: Int) -> [Int] {
    let scale = Double(old) / Double(new)
    var center = scale / 2
    return (0..<new).map { _ in
        defer { center += scale }
        return min(Int(center), old - 1)
    }
}

/// The pixels along a side, with their weights, of which each pixel of a resized image is the sum.
private struct ResamplingFilter {
    /// The first pixel for each new one.
    private(set) var first: [Int32] = []
    /// The number of pixels for each new one.
    private(set) var taps: [Int32] = []
    /// `[new, weightCount]`; those of a new pixel add up to 1.
    private(set) var weights: [Float]
    /// The number of weights that each new pixel has room for.
    let weightCount: Int

    init(_ interpolation: Image.Interpolation, from section: Image.Section, to new: Int, antialias: Bool) {
        let (old, scale) = (section.count, section.length / Double(new))
        let stretch = antialias ? max(scale, 1) : 1
        let support = interpolation.support * stretch
        weightCount = Int(support.rounded(.up)) * 2 + 1
        weights = [Float](repeating: 0, count: new * weightCount)
        for index in 0..<new {
            let center = (Double(index) + 0.5) * scale + section.start
            // Pixels whose centre lies within the filter; at the edges it is cut off.
            let lower = min(max(Int(center - support + 0.5), 0), old - 1)
            let upper = max(min(Int(center + support + 0.5), old), lower + 1)
            let values = (lower..<upper).map { interpolation.weight(at: (Double($0) - center + 0.5) / stretch) }
            let sum = values.reduce(0, +)
            for (tap, value) in values.enumerated() {
                weights[index * weightCount + tap] = Float(sum == 0 ? 1 / Double(values.count) : value / sum)
            }
            first.append(Int32(lower))
            taps.append(Int32(values.count))
        }
    }
}
