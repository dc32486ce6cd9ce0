import NNLayers

/// How long each of several equal steps took.
struct StepTimes: Encodable {
    /// In milliseconds, shortest first.
    private let sorted: [Double]

    /// - Parameter milliseconds: at least one.
    init(milliseconds: [Double]) {
        require(!milliseconds.isEmpty, "StepTimes: no step")
        sorted = milliseconds.sorted()
    }

    var count: Int { sorted.count }
    var minimum: Double { sorted[0] }
    var maximum: Double { sorted[sorted.count - 1] }
    /// The mean of the two in the middle where the count is even.
    var median: Double { (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2 }

    private enum CodingKeys: String, CodingKey { case count, minimum, median, maximum }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(count, forKey: .count)
        try container.encode(minimum, forKey: .minimum)
        try container.encode(median, forKey: .median)
        try container.encode(maximum, forKey: .maximum)
    }
}
