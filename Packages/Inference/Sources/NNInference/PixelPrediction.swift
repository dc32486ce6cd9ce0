import NNDatasets
import NNLayers

/// Predicts each pixel of images at the size of the originals. Evaluation and prediction share it, so that both see an
/// image alike.
///
/// Logits are cropped to the part that shows the original and resized bilinearly. Large images are predicted in windows,
/// and where their logits would not fit into memory, region by region.
struct PixelPrediction {
    /// A prepared image.
    struct Input {
        /// The size of the prepared image.
        var size: Size
        /// The part of it that shows the original.
        var region: Region
        /// The size of the original.
        var originalSize: Size
        /// The name in errors.
        var name: String
        /// The normalized pixels of a part: `[1, h, w, C]`.
        var pixels: (Region) -> Tensor
        /// The logits of the whole prepared image, `[1, H, W, classes]`; nil where they are not known.
        var logits: Tensor?
    }

    /// The network with test-time augmentation.
    let network: any Layer
    let options: InferenceOptions
    let precision: Precision

    /// The most logits in memory at once: 256 MB of float32, or less where the process may use little. Larger images are
    /// predicted in regions, on which the classes do not depend.
    var largestLogitCount = min(1 << 26, max(ProcessMemory.available / 32, 1 << 20))

    /// Calls `body` with the logits of each region of the original: `[1, h, w, classes]`. There is one region unless the
    /// image is too large.
    /// - Throws: `ImageError` for a size that the network does not accept, and the errors of `body`.
    func forEachRegion(
        of input: Input, inputs: inout InputProof, _ body: (_ logits: Tensor, _ region: Region) throws -> Void
    ) throws {
        let window = options.window(for: input.size)
        var input = input
        if window == nil, input.logits == nil {
            input.logits = try logits(of: input.pixels(Region(size: input.size)), input.name, &inputs)
        }
        let (from, to) = (input.region.size, input.originalSize)
        let classCount = try classCount(of: input, window, &inputs)
        let isWhole = (window == nil ? 0 : from.area) * classCount <= largestLogitCount
        if isWhole, to.area * classCount <= largestLogitCount {
            let logits = try logits(of: input.region, in: input, window, &inputs)
            return try body(logits.resized(to: to, method: .bilinear()), Region(size: to))
        }
        for region in regions(of: to, from: from, classCount: classCount) {
            let (rows, columns) = (
                BilinearAxis(region.rows, from: from.height, to: to.height),
                BilinearAxis(region.columns, from: from.width, to: to.width)
            )
            let source = Region(
                top: input.region.top + rows.source.lowerBound, left: input.region.left + columns.source.lowerBound,
                size: Size(height: rows.source.count, width: columns.source.count))
            let logits = try logits(of: source, in: input, window, &inputs)
            try body(columns.applied(to: rows.applied(to: logits, axis: 1), axis: 2), region)
        }
    }

    /// Squares of the original whose logits fit into memory, before and after they are resized.
    private func regions(of size: Size, from source: Size, classCount: Int) -> [Region] {
        let growth = max(Double(source.area) / Double(size.area), 1).squareRoot()
        let side = max(Int(Double(largestLogitCount / classCount).squareRoot() / growth), 1)
        return stride(from: 0, to: size.height, by: side).flatMap { top in
            stride(from: 0, to: size.width, by: side).map { left in
                Region(
                    top: top, left: left,
                    size: Size(height: min(side, size.height - top), width: min(side, size.width - left)))
            }
        }
    }

    /// The number of logits of a pixel, by shapes where the logits are not known.
    private func classCount(
        of input: Input, _ window: InferenceOptions.Window?, _ inputs: inout InputProof
    ) throws(ImageError) -> Int {
        if let logits = input.logits { return logits.shape[-1] }
        let size = window.map {
            Size(height: min($0.size.height, input.size.height), width: min($0.size.width, input.size.width))
        }
        let pixels = input.pixels(Region(size: size ?? input.size))
        try inputs.check(network, takes: pixels, precision: precision, name: input.name)
        let trace = Trace()
        return withExtendedLifetime(trace) {
            withoutGradients {
                network(trace.input(pixels.specification), .inference(precision: precision)).shape[-1]
            }
        }
    }

    /// The logits of a region of a prepared image: `[1, height, width, classes]`.
    private func logits(
        of region: Region, in input: Input, _ window: InferenceOptions.Window?, _ inputs: inout InputProof
    ) throws -> Tensor {
        if let whole = input.logits {
            return whole.slice(axis: 1, range: region.rows).slice(axis: 2, range: region.columns)
        }
        guard let window else { trap("PixelPrediction: no logits of the whole image") }
        var blend = SlidingWindow(network, window: window.size, overlap: window.overlap)
            .blend(of: region, in: input.size)
        for part in blend.windows { blend.add(try logits(of: input.pixels(part), input.name, &inputs), of: part) }
        return blend.logits
    }

    /// The logits of images: `[N, h, w, classes]`.
    func logits(of images: Tensor, _ name: String, _ inputs: inout InputProof) throws(ImageError) -> Tensor {
        try inputs.check(network, takes: images, precision: precision, name: name)
        return withoutGradients { network(images, .inference(precision: precision)) }
    }
}

/// A range of rows or columns of an image that is resized bilinearly, as by `resized(to:method:)`, from the part that it
/// is made of.
private struct BilinearAxis {
    /// The pixels that the range is made of.
    let source: Range<Int>
    private var lower: [Int32] = []
    private var upper: [Int32] = []
    private var shares: [Float] = []

    init(_ range: Range<Int>, from input: Int, to output: Int) {
        // In float32, as the operation.
        let scale = Float(input) / Float(output)
        let positions = range.map { max(scale * (Float($0) + 0.5) - 0.5, 0) }
        let lowers = positions.map { min(Int($0), input - 1) }
        let first = lowers.first ?? 0
        source = first..<min((lowers.last ?? 0) + 2, input)
        for (position, low) in zip(positions, lowers) {
            lower.append(Int32(low - first))
            upper.append(Int32(min(low + 1, input - 1) - first))
            shares.append(min(position - Float(low), 1))
        }
    }

    func applied(to logits: Tensor, axis: Int) -> Tensor {
        var shape = [1, 1, 1, 1]
        shape[axis] = shares.count
        let share = Tensor(shares, shape: Shape(shape))
        let logits = logits.cast(to: .float32)
        return logits.gathered(indices: Tensor(lower), axis: axis) * (1 - share)
            + logits.gathered(indices: Tensor(upper), axis: axis) * share
    }
}
