import NNLayers

/// Checks the properties that every initializer must have.
///
/// - Values are finite float32 numbers in the requested shape, even if that is a single weight.
/// - They are a pure function of the shape and the key; random values depend on the key.
/// - Their standard deviation is the expected one.
///
/// - Parameters:
///   - initializer: The initializer.
///   - isRandom: Whether values depend on the key.
///   - shapes: The shapes of weights, `[O, I]` or `[O, I, KH, KW]`.
///   - standardDeviation: Returns the expected standard deviation of a shape, checked to within a tenth for 1,000 elements
///     or more; nil to skip this check.
/// - Throws: ``CheckFailure`` with all findings.
public func checkInitializer(
    _ initializer: any Initializer, isRandom: Bool = true,
    shapes: [Shape] = [[40, 30], [30, 40], [16, 8, 3, 3], [12, 1, 5, 5], [1, 1]],
    standardDeviation: ((Shape) -> Double)? = nil
) throws {
    var findings = Findings(String(describing: type(of: initializer)))
    let key = RandomKey(seed: 1)
    for shape in shapes {
        let values = initializer.values(shape, key: key)
        guard values.specification == TensorSpecification(shape: shape) else {
            findings.add("it gives \(values.specification) for a weight \(shape)")
            continue
        }
        let floats = values.floats
        findings.expect(floats.allSatisfy(\.isFinite), "values of a weight \(shape) are not finite")
        findings.expect(
            initializer.values(shape, key: key).floats == floats,
            "the same key gives other values of a weight \(shape) in a second call")
        if isRandom, shape.elementCount > 1 {
            findings.expect(
                initializer.values(shape, key: key.derived(1)).floats != floats,
                "another key gives the same values of a weight \(shape)")
        }
        if let standardDeviation, shape.elementCount >= 1000 {
            let mean = floats.reduce(0.0) { $0 + Double($1) } / Double(floats.count)
            let found = rootMeanSquare(floats.map { Float(Double($0) - mean) })
            let expected = standardDeviation(shape)
            findings.expect(
                abs(found - expected) <= 0.1 * expected,
                "the standard deviation of a weight \(shape) is \(short(found)), expected \(short(expected))")
        }
    }
    try findings.check()
}
