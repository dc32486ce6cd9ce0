import NNLayers

/// A network that sees large images part by part: windows that overlap, blended so that no seam shows.
///
/// The weight of a logit falls linearly towards the edges of its window, where a network lacks context.
public final class SlidingWindow: Layer {
    @Child("") public var network: any Layer
    /// The size of the parts. A smaller image is seen as a whole.
    public let window: Size
    /// How many pixels neighbouring windows share, at least.
    public let overlap: Int

    /// - Parameter overlap: By default a quarter of the window's shorter side.
    public init(_ network: any Layer, window: Size, overlap: Int? = nil) {
        let overlap = overlap ?? min(window.height, window.width) / 4
        require(
            overlap >= 0 && overlap < min(window.height, window.width),
            "SlidingWindow: an overlap of \(overlap) in windows of \(window)")
        self.window = window
        self.overlap = overlap
        self.network = network
    }

    /// - Parameter input: `[N, H, W, 3]`
    /// - Returns: `[N, H, W, classes]`, float32.
    public func forward(_ input: Tensor, context: Context) -> Tensor {
        let size = Size(height: input.shape[1], width: input.shape[2])
        func logits(of part: Region) -> Tensor {
            network(input.slice(axis: 1, range: part.rows).slice(axis: 2, range: part.columns), context)
        }
        if input.trace != nil {
            // All windows have one size, so in a calculation on shapes alone the first stands for all.
            let part = Self.windows(window, overlap: overlap, in: size)[0]
            return logits(of: part).cast(to: .float32).resized(to: size, method: .nearest)
        }
        var blend = blend(of: Region(top: 0, left: 0, size: size), in: size)
        for window in blend.windows { blend.add(logits(of: window), of: window) }
        return blend.logits
    }

    /// What puts the logits of a part of an image together, from those of the windows that reach into it.
    ///
    /// They do not depend on how an image is divided into regions: a window always lies at the same place.
    /// - Parameter size: Of the whole image.
    func blend(of region: Region, in size: Size) -> WindowBlend {
        let windows = Self.windows(window, overlap: overlap, in: size).filter { $0.overlaps(region) }
        return WindowBlend(region: region, windows: windows, overlap: overlap)
    }

    /// The windows that cover an image, evenly spread, row by row.
    static func windows(_ window: Size, overlap: Int, in size: Size) -> [Region] {
        /// Where windows begin along a side.
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

/// The logits of a region of an image, to which those of each window are added.
struct WindowBlend {
    let region: Region
    /// The windows that reach into the region; each is added once.
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
        sum = nil  // so that the sum is added to in place
        let (rows, columns) = (window.rows.clamped(to: region.rows), window.columns.clamped(to: region.columns))
        /// The weight of a row or column by its distance from the window's edges.
        func share(_ place: Int, _ range: Range<Int>) -> Float {
            Float(min(place - range.lowerBound, range.upperBound - 1 - place, overlap) + 1)
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

/// A rectangle within an image, in pixels.
struct Region: Hashable {
    var top: Int
    var left: Int
    var size: Size

    var rows: Range<Int> { top..<top + size.height }
    var columns: Range<Int> { left..<left + size.width }

    func overlaps(_ other: Region) -> Bool { rows.overlaps(other.rows) && columns.overlaps(other.columns) }
}
