import Foundation
@_spi(Text) import NNLayers

/// What `nn bench` measured.
struct BenchReport: Encodable {
    /// When to stop measuring.
    enum Limit {
        case steps(Int)
        /// But not before ``leastSteps``.
        case seconds(Double)
    }

    private static let leastSteps = 5

    let mode: BenchCommand.Mode
    let batch: Int
    let imageSize: [Int]
    let classes: Int
    let precision: Precision
    let parameters: Int
    let threads: Int
    /// In the order in which they are asked.
    let backends: [String]
    let milliseconds: StepTimes
    /// At the median.
    let imagesPerSecond: Double
    /// The most bytes that tensors took during the measurement.
    let peakTensorBytes: Int
    /// The most bytes that the process has ever taken; nil where the system does not tell.
    let peakProcessBytes: Int?

    init(_ workload: BenchWorkload, mode: BenchCommand.Mode, warmUp: Int, limit: Limit, console: Console) throws {
        let step: () throws -> Void = mode == .train ? workload.train : workload.infer
        for _ in 0..<warmUp { try step() }
        Allocator.shared.resetPeak()
        milliseconds = try Self.measure(step, limit: limit, console: console)
        peakTensorBytes = Allocator.shared.statistics.peak
        peakProcessBytes = SystemMemory.peakOfProcess
        self.mode = mode
        batch = workload.images.shape[0]
        imageSize = [workload.images.shape[1], workload.images.shape[2]]
        classes = workload.classCount
        precision = workload.precision
        parameters = workload.network.parameterCount.parameters
        threads = Engine.threadCount
        backends = Engine.backends.map(\.name)
        imagesPerSecond = Double(batch) / milliseconds.median * 1e3
    }

    private static func measure(_ step: () throws -> Void, limit: Limit, console: Console) throws -> StepTimes {
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
            // Drawn between the steps, so that it is no part of their times.
            console.show(ProgressLine(title: "bench", fraction: fraction, figures: ["\(times.count) steps"]))
            times.append(try clock.measure(step) / .milliseconds(1))
        }
        console.clearStatus()
        return StepTimes(milliseconds: times)
    }

    /// Some lines for people.
    var text: String {
        let size = Size(height: imageSize[0], width: imageSize[1])
        return """
            \(mode.rawValue) \(precision.rawValue), batch \(batch), \(size), \(classes) classes, \
            \(parameters.grouped) parameters, \(threads) threads, \(backends.joined(separator: " then "))
            step         \(milliseconds.median.fixed(2)) ms median of \(milliseconds.count) \
            (min \(milliseconds.minimum.fixed(2)), max \(milliseconds.maximum.fixed(2)))
            throughput   \(imagesPerSecond.fixed(1)) images/s
            peak memory  \(peakTensorBytes.byteText) in tensors\
            \(peakProcessBytes.map { ", \($0.byteText) in all" } ?? "")
            """
    }
}
