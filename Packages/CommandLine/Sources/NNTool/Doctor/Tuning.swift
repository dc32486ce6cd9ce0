import Foundation
@_spi(Kernels) import NNCore
import NNLayers
import Synchronization

/// The convolutions of a network, each measured by every form of every backend.
struct Tuning {
    /// The times of one convolution.
    struct Measurement {
        let call: ConvolutionCall
        /// Milliseconds as the backends divide the work without a table.
        let builtIn: Double
        /// Milliseconds by each form that takes it.
        let forms: [(name: String, milliseconds: Double)]

        /// The fastest form, where it gains more than times vary.
        var choice: (name: String, milliseconds: Double)? {
            forms.min { $0.milliseconds < $1.milliseconds }.flatMap { $0.milliseconds < 0.97 * builtIn ? $0 : nil }
        }
    }

    private(set) var measurements: [Measurement] = []

    /// Measures every convolution that the steps ask for.
    /// - Parameter progress: Is told how many of how many are measured.
    init(_ steps: [() throws -> Void], _ backends: [any Backend], progress: (Int, Int) -> Void) throws {
        let recorder = CallRecorder()
        try Engine.$scoped.withValue([recorder] + backends) {
            for step in steps { try step() }
        }
        let calls = recorder.calls
        let forms = backends.flatMap(\.forms).compactMap { form in form.open().map { (form.name, $0) } }
        for (index, call) in calls.enumerated() {
            progress(index, calls.count)
            if let measurement = Self.measure(call, backends, forms) { measurements.append(measurement) }
        }
        progress(calls.count, calls.count)
    }

    /// The median of several runs of each, in turn.
    private static func measure(
        _ call: ConvolutionCall, _ backends: [any Backend], _ forms: [(name: String, backend: any Backend)]
    ) -> Measurement? {
        withoutGradients {
            let work = call.work()
            func isTaken(by backend: any Backend) -> Bool { work(backend) != nil }
            // The first run compiles and packs.
            guard let first = backends.first(where: isTaken) else { return nil }
            let takers = forms.filter { isTaken(by: $0.backend) }
            let candidates = [first] + takers.map(\.backend)
            var times = [[Double]](repeating: [], count: candidates.count)
            let clock = ContinuousClock()
            let end = clock.now + .milliseconds(150 * candidates.count)
            while times[0].count < 5 || clock.now < end && times[0].count < 50 {
                for (index, backend) in candidates.enumerated() {
                    let time = clock.measure { _ = work(backend) }
                    times[index].append(time / .milliseconds(1))
                }
            }
            let medians = times.map { $0.sorted()[$0.count / 2] }
            return Measurement(
                call: call, builtIn: medians[0],
                forms: zip(takers, medians.dropFirst()).map { ($0.name, $1) })
        }
    }

    /// A table of what is faster than without it, with what another one of the same machine has besides.
    func table(for machine: TuningTable.Machine, besides other: TuningTable?) -> TuningTable {
        let measured = Set(measurements.map(\.call))
        let kept = other.map { $0.machine == machine ? $0.entries : [] } ?? []
        return TuningTable(
            machine: machine,
            entries: kept.filter { !measured.contains($0.call) }
                + measurements.compactMap { measurement in
                    measurement.choice.map { TuningTable.Entry(measurement.call, fastest: $0.name) }
                })
    }

    /// What was gained, by direction, and the convolutions that gain most.
    var text: String {
        var lines: [String] = []
        for direction in [ConvolutionCall.Direction.inference, .training, .inputGradient, .weightGradient] {
            let part = measurements.filter { $0.call.direction == direction }
            if part.isEmpty { continue }
            let before = part.reduce(0) { $0 + $1.builtIn }
            let after = part.reduce(0) { $0 + ($1.choice?.milliseconds ?? $1.builtIn) }
            let name = direction.rawValue.replacing("_", with: " ")
            lines.append(
                "\(name): \(part.count) convolutions, \(Self.number(before)) ms, measured \(Self.number(after)) ms, "
                    + "\(part.count { $0.choice != nil }) faster by another choice")
        }
        let gains = measurements.filter { $0.choice != nil }.sorted {
            $0.builtIn - $0.choice!.milliseconds > $1.builtIn - $1.choice!.milliseconds
        }
        for gain in gains.prefix(10) {
            let (call, choice) = (gain.call, gain.choice!)
            lines.append(
                "  \(call.direction.rawValue.replacing("_", with: " ")) \(call.input) with \(call.weight), stride "
                    + "\(call.geometry.strides): \(Self.number(gain.builtIn)) ms, \(choice.name) "
                    + "\(Self.number(choice.milliseconds)) ms")
        }
        return lines.joined(separator: "\n")
    }

    private static func number(_ milliseconds: Double) -> String {
        String(format: milliseconds < 10 ? "%.2f" : "%.0f", milliseconds)
    }
}

/// Takes nothing, and remembers what it is asked for.
private final class CallRecorder: Backend {
    let name = "recorder"
    private let state = Mutex<(calls: [ConvolutionCall], known: Set<ConvolutionCall>)>(([], []))

    /// Each call once, in the order of the first.
    var calls: [ConvolutionCall] { state.withLock { $0.calls } }

    private func record(_ call: ConvolutionCall) -> Tensor? {
        state.withLock { if $0.known.insert(call).inserted { $0.calls.append(call) } }
        return nil
    }

    func convolution(
        _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue
    ) -> Tensor? {
        record(
            .output(
                of: input.specification, weight: weight.shape, geometry: geometry, isTrained: epilogue.weightIsTrained))
    }

    func convolutionInputGradient(
        _ outputGradient: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
    ) -> Tensor? {
        record(.inputGradient(outputGradient, weight: weight.shape, geometry: geometry, inputShape: inputShape))
    }

    func convolutionWeightGradient(
        _ outputGradient: Tensor, input: Tensor, geometry: ConvolutionGeometry, weightShape: Shape
    ) -> Tensor? {
        record(.weightGradient(input: input, geometry: geometry, weightShape: weightShape))
    }
}
