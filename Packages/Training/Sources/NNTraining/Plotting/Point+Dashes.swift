extension [Point] {
    /// The line through the points in pieces, with gaps between them, that go round its corners.
    func dashes(length: Double, gap: Double) -> [[Point]] {
        guard var last = first else { return [] }
        var result: [[Point]] = [[last]]
        var isDrawn = true
        /// What is left of the present piece or gap.
        var left = length
        for point in dropFirst() {
            var distance = last.distance(to: point)
            while distance > left {
                last = Point(
                    x: last.x + (point.x - last.x) * left / distance, y: last.y + (point.y - last.y) * left / distance)
                distance -= left
                if isDrawn { result[result.count - 1].append(last) } else { result.append([last]) }
                isDrawn.toggle()
                left = isDrawn ? length : gap
            }
            if isDrawn { result[result.count - 1].append(point) }
            left -= distance
            last = point
        }
        return result
    }
}

extension Point {
    fileprivate func distance(to other: Point) -> Double {
        let (x, y) = (other.x - x, other.y - y)
        return (x * x + y * y).squareRoot()
    }
}
