import NNLayers

/// What the values of a tensor are like; those that are infinite or not a number are only counted.
struct TensorStatistics: Encodable {
    private(set) var minimum = 0.0
    private(set) var maximum = 0.0
    private(set) var mean = 0.0
    private(set) var deviation = 0.0
    private(set) var notFinite = 0

    init(_ tensor: Tensor) {
        var (sum, squares, count) = (0.0, 0.0, 0)
        (minimum, maximum) = (.infinity, -.infinity)
        tensor.cast(to: .float32).withScalars(as: Float.self) { values in
            for value in values {
                guard value.isFinite else {
                    notFinite += 1
                    continue
                }
                let value = Double(value)
                minimum = min(minimum, value)
                maximum = max(maximum, value)
                sum += value
                squares += value * value
                count += 1
            }
        }
        guard count > 0 else {
            (minimum, maximum) = (0, 0)
            return
        }
        mean = sum / Double(count)
        deviation = max(squares / Double(count) - mean * mean, 0).squareRoot()
    }
}
