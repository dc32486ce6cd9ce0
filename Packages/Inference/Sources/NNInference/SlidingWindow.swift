import NNDatasets
import NNLayers

/// A network that predicts large images in overlapping windows, which are blended without visible seams.
///
/// The weight of a logit falls off linearly towards the edges of its window, where the network lacks context.
public final class SlidingWindow: Layer {
    /// The network of each window, under whose names parameters are saved.
    @Child("") public var network: any Layer
    /// The size of the windows. A smaller image is predicted as a whole.
    public let window: Size
    /// The least number of pixels that neighbouring windows share.
    public let overlap: Int

    /// A network that slides a window over images.
    /// - Parameters:
    ///   - network: Computes logits `[N, h, w, classes]` of images `[N, h, w, C]`.
    ///   - window: The size of the windows.
    ///   - overlap: The least number of pixels that neighbouring windows share; by default a quarter of the
    ///     window's shorter side.
    public init(_ network: any Layer, window: Size, overlap: Int? = nil) {
        requireOptions("SlidingWindow") { try InferenceOptions.Window(size: window, overlap: overlap).check() }
        let overlap = overlap ?? min(window.height, window.width) / 4
        self.window = window
        self.overlap = overlap
        self.network = network
    }

    /// Predicts images.
    /// - Parameters:
    ///   - input: `[N, H, W, C]`
    ///   - context: Inference, with its precision.
    /// - Returns: `[N, H, W, classes]`, float32.
    public func forward(_ input: Tensor, context: Context) -> Tensor {
        let size = Size(height: input.shape[1], width: input.shape[2])
        func logits(of part: Region) -> Tensor {
            network(input.slice(axis: 1, range: part.rows).slice(axis: 2, range: part.columns), context)
        }
        if input.trace != nil {
            // All windows have the same size, so one suffices for a trace of shapes.
            let part = Self.windows(window, overlap: overlap, in: size)[0]
            return logits(of: part).cast(to: .float32).resized(to: size, method: .nearest)
        }
        var blend = blend(of: Region(top: 0, left: 0, size: size), in: size)
        for window in blend.windows { blend.add(logits(of: window), of: window) }
        return blend.logits
    }

    /// Blends the logits of a region of an image from those of the windows that overlap it.
    ///
    /// The result does not depend on the region, since the windows are those of the whole image.
    /// - Parameter size: The size of the whole image.
    func blend(of region: Region, in size: Size) -> WindowBlend {
        let windows = Self.windows(window, overlap: overlap, in: size).filter { $0.overlaps(region) }
        return WindowBlend(region: region, windows: windows, overlap: overlap)
    }

    /// The windows that cover an image, evenly spaced, row by row.
    static func windows(_ window: Size, overlap: Int, in size: Size) -> [Region] {
        /// The first pixels of the windows along a side.
        func starts(_ length: Int, _ part: Int) -> [Int] {
            guard length > part else { return [0] }
            let count = (length - part + part - overlap - 1) / (part - overlap)
            return (0...count).map { $0 * (length - part) / count }
        }
        let part = Size(height: min(window.height, size.height), width: min(window.width, size.width))
        return starts(size.height, part.height).flatMap { top in
            starts(size.width, part.width).map { Region(top: top, left: $0, size: part) }
        }
    }
}

/// Accumulates the logits of a region of an image from those of its windows.
struct WindowBlend {
    let region: Region
    /// The windows that overlap the region, each to be added once.
    let windows: [Region]
    private let overlap: Int
    private var sum: Tensor?
    private var weights: [Float]

    fileprivate init(region: Region, windows: [Region], overlap: Int) {
        (self.region, self.windows, self.overlap) = (region, windows, overlap)
        weights = [Float](repeating: 0, count: region.size.area)
    }

    /// Whether there is nothing to blend.
    private var isOneWindow: Bool { windows == [region] }

    /// `[N, region height, region width, classes]`, float32, when all windows have been added.
    var logits: Tensor {
        if isOneWindow { return sum! }
        return sum! / Tensor(weights, shape: [1, region.size.height, region.size.width, 1])
    }

    /// Adds the logits of a window: `[N, h, w, classes]`.
    mutating func add(_ logits: Tensor, of window: Region) {
        let logits = logits.cast(to: .float32)
        if isOneWindow {
            sum = logits
            return
        }
        let (count, channels) = (logits.shape[0], logits.shape[3])
        var total = sum ?? Tensor.zeros([count, region.size.height, region.size.width, channels])
        sum = nil  // a unique reference, so that the sum is updated in place
        let (rows, columns) = (window.rows.clamped(to: region.rows), window.columns.clamped(to: region.columns))
        /// The weight of a row or column by its distance from the window's edges.
        func share(_ index: Int, _ range: Range<Int>) -> Float {
            Float(min(index - range.lowerBound, range.upperBound - 1 - index, overlap) + 1)
        }
        let shares = columns.map { share($0, window.columns) }
        logits.withScalars(as: Float.self) { source in
            total.withMutableScalars(as: Float.self) { target in
                for image in 0..<count {
                    for row in rows {
                        let rowShare = share(row, window.rows)
                        var from =
                            ((image * window.size.height + row - window.top) * window.size.width + columns.lowerBound
                                - window.left) * channels
                        let pixel =
                            (image * region.size.height + row - region.top) * region.size.width
                            + columns.lowerBound - region.left
                        var to = pixel * channels
                        for (index, columnShare) in shares.enumerated() {
                            let weight = rowShare * columnShare
                            if image == 0 { weights[pixel + index] += weight }
                            for _ in 0..<channels {
                                target[to] += weight * source[from]
                                (from, to) = (from + 1, to + 1)
                            }
                        }
                    }
                }
            }
        }
        sum = total
    }
}

/// The rectangles of windows and of what is predicted.
typealias Region = NNDatasets.Region
