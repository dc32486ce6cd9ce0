@_spi(Internal) import NNCore
import Synchronization

/// Notes every operation of a step with the time that it took itself, without that of its parts.
final class ProfileRecorder: WorkObserver {
    /// A piece of work that has ended.
    struct Record {
        let work: ObservedWork
        /// The name of the operation; that of the whole where the work is a part.
        let operation: String
        /// nil for the library's own kernels.
        let backend: String?
        /// nil where the backend does not say.
        let kernel: String?
        /// Without the parts.
        let seconds: Double
        /// What is read and written at least; 0 for the rest of an operation with parts, which have it.
        let bytes: Int
        /// 0 for the rest of an operation with parts, which have it.
        let multiplyAccumulates: Int
    }

    private struct Span {
        let work: ObservedWork
        let operation: String
        let begin: ContinuousClock.Instant
        var parts = Duration.zero
        var hasParts = false
        var kernel: String?
    }

    private struct State {
        var open: [Span] = []
        var records: [Record] = []
    }

    private let state = Mutex(State())

    /// Runs a step.
    /// - Returns: How long it took, and what it consisted of, in the order in which it ended.
    func record(_ step: () throws -> Void) rethrows -> (seconds: Double, records: [Record]) {
        state.withLock { $0 = State() }
        let time = try ContinuousClock().measure { try Engine.withObserver(self, step) }
        return (time / .seconds(1), state.withLock { $0.records })
    }

    func begin(_ work: ObservedWork) {
        state.withLock { state in
            let operation = work.operation ?? state.open.last?.operation ?? "unnamed"
            state.open.append(Span(work: work, operation: operation, begin: .now))
        }
    }

    func end(backend: String?, bytes: Int) {
        let end = ContinuousClock.now
        state.withLock { state in
            guard let span = state.open.popLast() else { return }
            let time = end - span.begin
            // What a backend does besides, such as packing weights, is no other calculation.
            let isWhole = backend == nil && span.hasParts
            state.records.append(
                Record(
                    work: span.work, operation: span.operation, backend: backend, kernel: span.kernel,
                    seconds: (time - span.parts) / .seconds(1), bytes: isWhole ? 0 : bytes,
                    multiplyAccumulates: isWhole ? 0 : span.work.multiplyAccumulates))
            guard !state.open.isEmpty else { return }
            state.open[state.open.count - 1].parts += time
            state.open[state.open.count - 1].hasParts = true
        }
    }

    func note(kernel: String) {
        state.withLock { state in
            if !state.open.isEmpty { state.open[state.open.count - 1].kernel = kernel }
        }
    }
}

extension ProfileRecorder.Record {
    /// The class of shapes by which a profile adds up: the window of a convolution or a pooling, the activation of a
    /// normalization, the method of a resizing.
    var kind: String {
        let (attributes, inputs) = (work.attributes, work.inputs)
        var words: [String] = []
        if case .int(let groups)? = attributes["groups"], inputs.count > 1, inputs[1].shape.rank == 4 {
            let (image, weight) = (inputs[0].shape, inputs[1].shape)
            if groups > 1 { words.append(groups == image[3] ? "depthwise" : "groups \(groups)") }
            words.append("\(weight[2])x\(weight[3])")
        }
        if case .ints(let kernel)? = attributes["kernel"] { words.append(Self.text(kernel, by: "x")) }
        for (name, letter) in [("strides", "s"), ("dilations", "d")] {
            guard case .ints(let lengths)? = attributes[name], lengths.contains(where: { $0 != 1 }) else { continue }
            words.append(letter + (Set(lengths).count == 1 ? "\(lengths[0])" : Self.text(lengths, by: "x")))
        }
        if case .text(let name)? = attributes["activation"], name != "identity" { words.append(name) }
        if case .text(let name)? = attributes["method"] { words.append(name) }
        return words.joined(separator: " ")
    }

    /// The shape of images with the output channels of a convolution, or the shapes of the first two inputs.
    var shape: String {
        let shapes = work.inputs.prefix(2).map { $0.shape.dimensions }
        if work.attributes["groups"] != nil, shapes.count == 2, shapes[1].count == 4 {
            return "\(Self.text(shapes[0], by: "x")) to \(shapes[1][0])"
        }
        return shapes.map { Self.text($0, by: "x") }.joined(separator: " ")
    }

    private static func text(_ lengths: [Int], by separator: String) -> String {
        lengths.map(String.init).joined(separator: separator)
    }
}
