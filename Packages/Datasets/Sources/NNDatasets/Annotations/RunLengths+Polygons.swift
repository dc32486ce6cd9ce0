import NNLayers

extension RunLengths {
    /// The farthest that a coordinate may lie from the origin: twice the longest side of any image.
    static let farthest = 131_072.0

    /// The pixels of a polygon by the rule of COCO's tools: corners are rounded to a fifth of a pixel, edges cross each
    /// column once, and a pixel is inside after an odd number of crossings above it. Parts outside the image are cut off.
    ///
    /// - Parameter polygon: The corners `x, y, x, y...` in pixels; (0, 0) is the upper left corner of the image.
    /// - Throws: ``AnnotationError`` for fewer than three corners, half a corner, and coordinates that are not finite or
    ///   far outside of any image.
    init(size: Size, polygon: [Double]) throws(AnnotationError) {
        guard polygon.count % 2 == 0 else {
            throw AnnotationError("the polygon has \(polygon.count) coordinates, and so half a point")
        }
        guard polygon.count >= 6 else {
            throw AnnotationError("the polygon has \(polygon.count / 2) points, and no area with fewer than 3")
        }
        if let wrong = polygon.first(where: { !(abs($0) <= Self.farthest) }) {
            throw AnnotationError("the polygon has the coordinate \(wrong), far outside of any image")
        }
        let corners = stride(from: 0, to: polygon.count, by: 2).map { index in
            (x: Int(Crossings.scale * polygon[index] + 0.5), y: Int(Crossings.scale * polygon[index + 1] + 0.5))
        }
        var crossings = Crossings(size: size)
        for index in corners.indices {
            crossings.add(from: corners[index], to: corners[(index + 1) % corners.count])
        }
        self.init(size: size, changes: crossings.positions.sorted())
    }

    /// Where the edges of polygons cross the middles of columns.
    private struct Crossings {
        /// Steps of the grid in a pixel.
        static let scale = 5.0
        let size: Size
        var positions: [Int] = []

        init(size: Size) { self.size = size }

        /// Adds the crossings of an edge between two points of the grid. Along the axis in which it is longer, an edge
        /// has a point in each step; a column is crossed between its third and its fourth step.
        mutating func add(from start: (x: Int, y: Int), to end: (x: Int, y: Int)) {
            let (width, height) = (abs(end.x - start.x), abs(end.y - start.y))
            // An edge along a column crosses none.
            guard width > 0 else { return }
            let isFlat = width >= height
            let isReversed = isFlat ? start.x > end.x : start.y > end.y
            let (from, to) = isReversed ? (end, start) : (start, end)
            let first = max((min(from.x, to.x) + 2) / 5, 0)
            let last = min((max(from.x, to.x) - 3) / 5, size.width - 1)
            guard first <= last else { return }
            if isFlat {
                let slope = Double(to.y - from.y) / Double(width)
                func row(_ step: Int) -> Int { Int(Double(from.y) + slope * Double(step) + 0.5) }
                for column in first...last where 5 * column + 2 >= from.x && 5 * column + 3 <= to.x {
                    let step = 5 * column + 2 - from.x
                    add(column: column, gridRow: min(row(step), row(step + 1)))
                }
            } else {
                let slope = Double(to.x - from.x) / Double(height)
                func x(_ step: Int) -> Int { Int(Double(from.x) + slope * Double(step) + 0.5) }
                for column in first...last {
                    // The last step before the edge crosses; the estimate is at most a step off.
                    let isBefore = { (step: Int) in slope > 0 ? x(step) < 5 * column + 3 : x(step) >= 5 * column + 3 }
                    var step = Int((Double(5 * column) + 2.5 - Double(from.x)) / slope)
                    step = min(max(step, 0), height)
                    while step > 0, !isBefore(step) { step -= 1 }
                    while step < height, isBefore(step + 1) { step += 1 }
                    guard step < height, isBefore(step) else { continue }
                    guard min(x(step), x(step + 1)) == 5 * column + 2 else { continue }
                    add(column: column, gridRow: from.y + step)
                }
            }
        }

        private mutating func add(column: Int, gridRow: Int) {
            let row = (Double(gridRow) + 0.5) / Self.scale - 0.5
            let first = Int(min(max(row, 0), Double(size.height)).rounded(.up))
            positions.append(column * size.height + first)
            if positions.count > 2 * size.area + 4096 { cancelPairs() }
        }

        /// Many edges over one column leave no more changes than it has pixels.
        private mutating func cancelPairs() {
            positions.sort()
            var kept: [Int] = []
            for position in positions {
                if kept.last == position { kept.removeLast() } else { kept.append(position) }
            }
            positions = kept
        }
    }
}
