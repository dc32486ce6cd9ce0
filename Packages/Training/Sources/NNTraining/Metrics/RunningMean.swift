/// The mean of a number over samples, such as the loss, from means over batches.
public struct RunningMean: Sendable, Hashable, Codable {
    private var sum = 0.0
    /// How many samples there were.
    public private(set) var count = 0

    public init() {}

    /// Takes in the mean of a batch.
    public mutating func add(_ value: Double, count: Int) {
        sum += value * Double(count)
        self.count += count
    }

    public mutating func reset() { self = RunningMean() }

    /// The mean so far; nil before the first sample.
    public var value: Double? { count == 0 ? nil : sum / Double(count) }
}
