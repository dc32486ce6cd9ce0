@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

/// The result of `nn bench`.
struct BenchReport: Encodable {
    /// When to stop measuring.
    enum Limit {
        case steps(Int)
        /// At least ``leastSteps`` steps, however long they take.
        case seconds(Double)
    }

    private static let leastSteps = 5

    let mode: BenchCommand.Mode
    let batch: Int
    let imageSize: [Int]
    let classes: Int
    let precision: Precision
    /// Whether convolutions and linear layers calculate in 8 bits.
    let quantized: Bool
    let parameters: Int
    let threads: Int
    /// In the order in which they are tried.
    let backends: [String]
    /// The first step, which compiles code and packs weights.
    let firstMilliseconds: Double
    /// The steps after those of the warm-up.
    let milliseconds: StepTimes
    /// At the median time of a step.
    let imagesPerSecond: Double
    /// The peak memory of tensors during the measurement.
    let peakTensorBytes: Int
    /// The peak memory of the process; nil if the system does not report it.
    let peakProcessBytes: Int?
    /// The same in MiB.
    let peakProcessMib: Double?

    init(_ workload: BenchWorkload, mode: BenchCommand.Mode, warmUp: Int, limit: Limit, console: Console) throws {
        let step = workload.step(mode)
        let first = try ContinuousClock().measure(step) / .milliseconds(1)
        for _ in 0..<max(warmUp - 1, 0) { try step() }
        Allocator.shared.resetPeak()
        let measured = try Self.measure(step, limit: limit, console: console)
        // Without a warm-up the first step is one of those that are measured.
        milliseconds = StepTimes(milliseconds: measured + (warmUp == 0 ? [first] : []))
        firstMilliseconds = first
        peakTensorBytes = Allocator.shared.statistics.peak
        peakProcessBytes = SystemMemory.peakOfProcess
        peakProcessMib = peakProcessBytes.map { Double($0) / 1_048_576 }
        self.mode = mode
        batch = workload.images.shape[0]
        imageSize = [workload.images.shape[1], workload.images.shape[2]]
        classes = workload.classCount
        precision = workload.precision
        quantized = !workload.network.quantization.isEmpty
        parameters = workload.network.parameterCount.parameters
        threads = Engine.threadCount
        backends = Engine.backends.map(\.name)
        imagesPerSecond = Double(batch) / milliseconds.median * 1e3
    }

    private static func measure(_ step: () throws -> Void, limit: Limit, console: Console) throws -> [Double] {
        let clock = ContinuousClock()
        let start = clock.now
        var times: [Double] = []
        while true {
            let fraction: Double
            switch limit {
            case .steps(let count): fraction = Double(times.count) / Double(count)
            case .seconds(let seconds):
                fraction = min((clock.now - start) / .seconds(seconds), Double(times.count) / Double(leastSteps))
            }
            if fraction >= 1 { break }
            // Drawn between the steps, so that it is not part of their times.
            console.show(ProgressLine(title: "bench", fraction: fraction, figures: ["\(times.count) steps"]))
            times.append(try clock.measure(step) / .milliseconds(1))
        }
        console.clearStatus()
        return times
    }

    /// The result as lines of text.
    var text: String {
        let size = Size(height: imageSize[0], width: imageSize[1])
        return """
            \(mode.rawValue) \(quantized ? "int8" : precision.rawValue), batch \(batch), \(size), \(classes) classes, \
            \(parameters.grouped) parameters, \(threads) threads, \(backends.joined(separator: " then "))
            step         \(milliseconds.median.fixed(2)) ms median of \(milliseconds.count) \
            (min \(milliseconds.minimum.fixed(2)), max \(milliseconds.maximum.fixed(2)))
            first        \(firstMilliseconds.fixed(2)) ms
            throughput   \(imagesPerSecond.fixed(1)) images/s
            peak memory  \(peakTensorBytes.byteText) in tensors\
            \(peakProcessMib.map { ", \($0.fixed(0)) MiB of the process" } ?? "")
            """
    }
}

/// The times of equal steps.
struct StepTimes: Encodable {
    /// In milliseconds, in ascending order.
    private let sorted: [Double]

    /// - Parameter milliseconds: The time of each step; at least one.
    init(milliseconds: [Double]) {
        require(!milliseconds.isEmpty, "StepTimes: no step")
        sorted = milliseconds.sorted()
    }

    var count: Int { sorted.count }
    var minimum: Double { sorted[0] }
    var maximum: Double { sorted[sorted.count - 1] }
    /// The mean of the middle two if the count is even.
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
