@_spi(Internal) import NNDatasets
import NNLayers

/// An image as a network sees it after the transforms of validation, and where in it the pixels of the original are.
///
/// Transforms move a mask with its image. So the rows and columns of the original are written into masks, and the map
/// from one image to the other is fitted to where they come out: this holds for any transform that resizes, crops, pads,
/// mirrors or turns, also for those of plugins. Masks are moved by nearest neighbour, so that the fit is exact to half a
/// pixel of the original.
struct PlacedImage {
    /// The prepared image.
    let image: Image
    /// 1 for each pixel of ``image`` that shows the original and 0 for padding, row by row.
    let shown: [Float]
    private let originalSize: Size
    /// From the original to the prepared image, in pixels from the upper left corner.
    private let map: LinearMap

    /// The numbers that a byte of a mask can hold beside the label of padding.
    private static let base = Int(PreparedImage.paddingLabel)

    /// Applies transforms to an image.
    /// - Parameter transforms: As of a ``Predictor``, which mark padding by ``Predictor/paddingLabel``.
    /// - Throws: `ImageError` for an image that they do not accept, of which they leave nothing, or whose pixels they move
    ///   in a way that cannot be followed.
    init(_ original: Image, name: String, transforms: [any Transform]) throws {
        originalSize = original.size
        guard !transforms.isEmpty else {
            image = original
            shown = [Float](repeating: 1, count: original.size.area)
            map = .identity
            return
        }
        let rows = try Self.positions(in: original, name, transforms, along: original.height) { row, _ in row }
        let columns = try Self.positions(in: original, name, transforms, along: original.width) { _, column in column }
        guard rows.image.size == columns.image.size, let fit = Fit(rows.values, columns.values, rows.image.size) else {
            throw ImageError(
                file: name, reason: "the transforms of validation remove all of it",
                remedy: "Train with other transforms for validation")
        }
        let tolerance = max(2, 0.02 * Double(max(original.height, original.width)))
        guard fit.meanError <= tolerance, let inverse = fit.map.inverse else {
            throw ImageError(
                file: name, reason: "the transforms of validation bend it, so that what is found cannot be shown on it",
                remedy: "Leave such transforms out of 'data.validation_transforms'")
        }
        image = rows.image
        shown = rows.values.map { $0 < 0 ? 0 : 1 }
        map = inverse
    }

    /// The prepared image, and the row or column of the original that each of its pixels comes from; -1 for padding.
    private static func positions(
        in original: Image, _ name: String, _ transforms: [any Transform], along length: Int,
        _ position: (_ row: Int, _ column: Int) -> Int
    ) throws -> (image: Image, values: [Int]) {
        var values: [Int] = []
        var unit = 1
        while true {
            // One digit of the position at a time.
            var digits = Image(size: original.size, channels: 1)
            digits.withUnsafeMutablePixels { pixels in
                for row in 0..<original.height {
                    for column in 0..<original.width {
                        pixels[row * original.width + column] = UInt8(position(row, column) / unit % base)
                    }
                }
            }
            var sample = Sample(image: original, target: .mask(digits), name: name)
            // The transforms of validation are deterministic; the generator is not used.
            var random = RandomGenerator(key: RandomKey(seed: 0))
            for transform in transforms { sample = try transform.applied(to: sample, random: &random) }
            guard case .mask(let mask) = sample.target, mask.size == sample.image.size else {
                throw ImageError(
                    file: name, reason: "a transform of validation does not move a mask with its image",
                    remedy: "Leave it out of 'data.validation_transforms'")
            }
            if values.isEmpty { values = [Int](repeating: 0, count: mask.size.area) }
            for (index, digit) in mask.pixels.enumerated() {
                values[index] = digit == PreparedImage.paddingLabel ? -1 : values[index] + Int(digit) * unit
            }
            unit *= base
            if unit >= length { return (sample.image, values) }
        }
    }

    /// Values on a grid over the prepared image, bilinearly at each pixel of the original, row by row; NaN for pixels that
    /// the prepared image does not show.
    func onOriginal(_ values: [Float], _ grid: Size) -> [Float] {
        let (scaleY, scaleX) = (
            Double(grid.height) / Double(image.height), Double(grid.width) / Double(image.width)
        )
        // A fit is not exact, and the pixels at the edges are to be seen.
        let slack = map.quarterPixel
        var result: [Float] = []
        result.reserveCapacity(originalSize.area)
        for row in 0..<originalSize.height {
            for column in 0..<originalSize.width {
                let (y, x) = map(Double(row) + 0.5, Double(column) + 0.5)
                let isInside =
                    y >= -slack.y && x >= -slack.x && y <= Double(image.height) + slack.y
                    && x <= Double(image.width) + slack.x
                result.append(isInside ? Self.sample(values, grid, y * scaleY - 0.5, x * scaleX - 0.5) : .nan)
            }
        }
        return result
    }

    private static func sample(_ values: [Float], _ grid: Size, _ y: Double, _ x: Double) -> Float {
        let (y, x) = (
            min(max(y, 0), Double(grid.height - 1)), min(max(x, 0), Double(grid.width - 1))
        )
        let (top, left) = (Int(y), Int(x))
        let (bottom, right) = (min(top + 1, grid.height - 1), min(left + 1, grid.width - 1))
        let (down, across) = (Float(y - Double(top)), Float(x - Double(left)))
        func row(_ row: Int) -> Float {
            let (first, second) = (values[row * grid.width + left], values[row * grid.width + right])
            return first + (second - first) * across
        }
        let (upper, lower) = (row(top), row(bottom))
        return upper + (lower - upper) * down
    }
}

/// A linear map of the plane with an offset.
private struct LinearMap {
    /// What a step down and a step to the right become, and where the origin goes.
    var down: (y: Double, x: Double)
    var right: (y: Double, x: Double)
    var origin: (y: Double, x: Double)

    static let identity = LinearMap(down: (1, 0), right: (0, 1), origin: (0, 0))

    func callAsFunction(_ y: Double, _ x: Double) -> (y: Double, x: Double) {
        (down.y * y + right.y * x + origin.y, down.x * y + right.x * x + origin.x)
    }

    /// What a quarter of a pixel becomes.
    var quarterPixel: (y: Double, x: Double) {
        (0.25 * max(abs(down.y), abs(right.y)), 0.25 * max(abs(down.x), abs(right.x)))
    }

    /// The map back; nil where all becomes a line or a point.
    var inverse: LinearMap? {
        let determinant = down.y * right.x - down.x * right.y
        guard abs(determinant) > 1e-9 else { return nil }
        var result = LinearMap(
            down: (right.x / determinant, -down.x / determinant),
            right: (-right.y / determinant, down.y / determinant), origin: (0, 0))
        let moved = result(origin.y, origin.x)
        result.origin = (-moved.y, -moved.x)
        return result
    }
}

/// The linear map with the least squared distances from the pixels of a prepared image to those of the original.
private struct Fit {
    /// From the prepared image to the original.
    let map: LinearMap
    /// The mean distance in pixels of the original.
    let meanError: Double

    /// - Returns: Nil if no pixel shows the original.
    init?(_ rows: [Int], _ columns: [Int], _ size: Size) {
        let pixels = rows.indices.filter { rows[$0] >= 0 && columns[$0] >= 0 }
        guard !pixels.isEmpty else { return nil }
        let count = Double(pixels.count)
        func here(_ pixel: Int) -> (y: Double, x: Double) {
            (Double(pixel / size.width) + 0.5, Double(pixel % size.width) + 0.5)
        }
        func there(_ pixel: Int) -> (y: Double, x: Double) { (Double(rows[pixel]) + 0.5, Double(columns[pixel]) + 0.5) }
        var (from, to) = ((y: 0.0, x: 0.0), (y: 0.0, x: 0.0))
        for pixel in pixels {
            let (a, b) = (here(pixel), there(pixel))
            from = (from.y + a.y / count, from.x + a.x / count)
            to = (to.y + b.y / count, to.x + b.x / count)
        }
        var (yy, yx, xx) = (0.0, 0.0, 0.0)
        var (down, right) = ((y: 0.0, x: 0.0), (y: 0.0, x: 0.0))
        for pixel in pixels {
            let (a, b) = (here(pixel), there(pixel))
            let (y, x) = (a.y - from.y, a.x - from.x)
            yy += y * y
            yx += y * x
            xx += x * x
            down = (down.y + y * (b.y - to.y), down.x + y * (b.x - to.x))
            right = (right.y + x * (b.y - to.y), right.x + x * (b.x - to.x))
        }
        // A single row or column says nothing about the step to the next one.
        if yy == 0 { (yy, down.y) = (1, 1) }
        if xx == 0 { (xx, right.x) = (1, 1) }
        let determinant = yy * xx - yx * yx
        guard determinant > 0 else { return nil }
        func solved(_ y: Double, _ x: Double) -> (down: Double, right: Double) {
            ((xx * y - yx * x) / determinant, (yy * x - yx * y) / determinant)
        }
        let (ofRows, ofColumns) = (solved(down.y, right.y), solved(down.x, right.x))
        var map = LinearMap(
            down: (ofRows.down, ofColumns.down), right: (ofRows.right, ofColumns.right), origin: (0, 0))
        let moved = map(from.y, from.x)
        map.origin = (to.y - moved.y, to.x - moved.x)
        self.map = map
        var sum = 0.0
        for pixel in pixels {
            let (a, b) = (here(pixel), there(pixel))
            let found = map(a.y, a.x)
            sum += ((found.y - b.y) * (found.y - b.y) + (found.x - b.x) * (found.x - b.x)).squareRoot()
        }
        meanError = sum / count
    }
}
