/// Whether all values are within a tolerance of the expected ones, relative to those above 1.
func isClose(_ values: [Double], _ expected: [Double], tolerance: Double) -> Bool {
    values.count == expected.count
        && zip(values, expected).allSatisfy { abs($0 - $1) <= tolerance * max(abs($1), 1) }
}

func isClose(_ values: [Float], _ expected: [Float], tolerance: Float = 2e-6) -> Bool {
    isClose(values.map { Double($0) }, expected.map { Double($0) }, tolerance: Double(tolerance))
}
