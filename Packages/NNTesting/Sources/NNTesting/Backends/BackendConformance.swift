@_spi(Testing) import NNCore

/// What came of holding a backend against plain loops.
public struct BackendReport: Sendable {
    /// What was wrong: the case, then the value, what was expected and how far off it may be. Empty is good.
    public var failures: [String] = []
    /// What the backend left to the next one.
    public var declined: [String] = []
    /// How many calculations were compared.
    public var compared = 0
}

/// Holds a backend against plain loops in double precision.
///
/// The same cases for every backend: every kind of geometry and then some hundred random ones from a fixed seed,
/// every epilogue, products in every transposition and mix of types, parameters that change in place, NaN and
/// infinity, one to three threads and two callers at once. Convolutions are also prepared, and must give the same bits
/// then. It takes some seconds.
///
/// A result must have the shape and type that `Backend` says. Each element may be off by 2^-20 of the sum of its
/// own products' magnitudes (a little more behind a smooth activation) and, in bfloat16, by one rounding to nearest.
/// Where images are bfloat16, the weight of a convolution may be rounded to bfloat16 first; nothing else may.
/// NaN and infinity arrive where a plain loop has them, but that NaN may become 0 in `relu` and `relu6`. A backend that
/// transforms tiles of images is held to what ``Arithmetic/tiles`` says.
/// Inputs must be left as they were, and so must the memory around them and around the results.
///
/// What a backend declines is listed and is no failure; its own test states how much that may be.
///
/// ```swift
/// @Test func backendIsRight() {
///     #expect(BackendConformance.check(MyBackend()).failures == [])
/// }
/// ```
public struct BackendConformance {
    /// How a backend calculates, from which follows how far off an element may be.
    public enum Arithmetic: Sendable {
        /// By sums of products.
        case sums
        /// By products of transformed tiles (Winograd 1980): an element may be off by 16 times the most that is
        /// allowed to any element of its channel, and NaN and infinity may become NaN in elements around.
        case tiles
        /// By products of two numbers in bfloat16 for each in float32, where `Engine.fastFloat32` allows it: an element may
        /// be off by 2^-15 of the sum of its own products' magnitudes, and infinity may become NaN.
        case halves
    }

    private struct Run {
        let backend: any Backend
        var report = BackendReport()
    }

    private var runs: [Run]
    private let arithmetic: Arithmetic
    private let stopsAtFirstFailure: Bool

    /// Checks every operation of a backend that does not decline.
    ///
    /// - Parameters:
    ///   - arithmetic: How it calculates convolutions.
    ///   - stopsAtFirstFailure: Whether one failure is enough to know.
    public static func check(
        _ backend: any Backend, arithmetic: Arithmetic = .sums, stopsAtFirstFailure: Bool = false
    ) -> BackendReport {
        check(each: [backend], arithmetic: arithmetic, stopsAtFirstFailure: stopsAtFirstFailure)[0]
    }

    /// Checks several backends, and calculates what is expected once.
    ///
    /// None may write to its inputs, which the others read, nor outside of its results.
    /// - Returns: A report for each, in the same order.
    public static func check(
        each backends: [any Backend], arithmetic: Arithmetic = .sums, stopsAtFirstFailure: Bool
    ) -> [BackendReport] {
        var check = BackendConformance(
            runs: backends.map { Run(backend: $0) }, arithmetic: arithmetic, stopsAtFirstFailure: stopsAtFirstFailure)
        // Guarded as a whole, so that inputs are as well.
        _ = Allocator.withGuardedMemory(.margins) { check.all() }
        return check.runs.map(\.report)
    }

    /// What takes least time first.
    private mutating func all() {
        products()
        changedParameters()
        specialNumbers()
        threads()
        for dataType in [DataType.float32, .bfloat16] {
            for testCase in ConvolutionCase.kinds { convolution(testCase.with(dataType)) }
            for testCase in ConvolutionCase.main { epilogues(testCase.with(dataType)) }
            for testCase in ConvolutionCase.main { convolution(testCase.with(dataType, isGraded: true)) }
        }
        for index in 0..<300 { convolution(.random(index), seed: index) }
    }

    /// Products of every size at which code for blocks has an edge, in every transposition and mix of types.
    private mutating func products() {
        let sizes = [
            (1, 1, 1, 1), (1, 5, 7, 3), (1, 33, 17, 65), (1, 40, 35, 130), (1, 70, 9, 18), (1, 6, 48, 33),
            (1, 1, 40, 20), (1, 34, 1, 20), (1, 13, 18, 1), (1, 3, 4, 0), (1, 0, 5, 3), (1, 5, 0, 3), (2, 6, 5, 9),
            (2, 1, 1, 70), (3, 4, 9, 6), (5, 7, 3, 17), (0, 4, 5, 6),
        ]
        let types: [(left: DataType, right: DataType)] = [
            (.float32, .float32), (.bfloat16, .bfloat16), (.float32, .bfloat16), (.bfloat16, .float32),
        ]
        var count = 0
        for (batch, rows, columns, inner) in sizes {
            for (transposesLeft, transposesRight) in [(false, false), (true, false), (false, true), (true, true)] {
                for (left, right) in types {
                    for result in [DataType.float32, .bfloat16] where isGoing {
                        count += 1
                        let product = MatrixProduct(
                            batch: batch, rows: rows, columns: columns, inner: inner, transposesLeft: transposesLeft,
                            transposesRight: transposesRight, dataType: result)
                        let values = ProductValues(product, left, right, seed: count, isGraded: count % 3 == 0)
                        // Each size, type and transposition comes with a bias and without one.
                        hold(values.call(hasBias: (count + count / 2 + count / 8) % 2 == 0))
                    }
                }
            }
        }
    }

    /// A convolution plain, with each part of an epilogue, and both gradients.
    private mutating func convolution(_ testCase: ConvolutionCase, seed: Int = 0) {
        guard isGoing else { return }
        let values = ConvolutionValues(testCase, seed: seed)
        // Another activation for each geometry; `epilogues(_:)` tries all of them on some.
        let number = seed + testCase.size.area + testCase.inputChannels + testCase.outputChannels
        let activation = ReferenceActivation.all[number % ReferenceActivation.all.count]
        hold(values.output())
        hold(values.output(hasBias: true, activation: seed % 2 == 0 ? .identity : activation))
        hold(values.output(hasResidual: true, activation: seed % 2 == 0 ? activation : .identity))
        hold(values.output(hasBias: true, hasResidual: true, activation: activation))
        hold(values.inputGradient())
        hold(values.weightGradient())
    }

    /// Every activation alone, and behind a bias, a residual or both in turn.
    private mutating func epilogues(_ testCase: ConvolutionCase) {
        guard isGoing else { return }
        let values = ConvolutionValues(testCase)
        for (index, activation) in ReferenceActivation.all.enumerated() {
            hold(values.output(activation: activation))
            hold(values.output(hasBias: index % 3 != 1, hasResidual: index % 3 != 0, activation: activation))
        }
    }

    /// Whether there is a backend left to be checked.
    var isGoing: Bool { runs.contains { isUndecided($0) } }
    private func isUndecided(_ run: Run) -> Bool { !stopsAtFirstFailure || run.report.failures.isEmpty }

    /// Makes a call of each backend and compares.
    mutating func hold(_ call: BackendCall) {
        hold([call]) { backend in [(0, call.make(backend))] }
    }

    /// Makes several calls of each backend and compares.
    ///
    /// - Parameter make: Calls a backend, and gives results with the indices of their calls.
    mutating func hold(_ calls: [BackendCall], make: (any Backend) -> [(call: Int, result: Tensor?)]) {
        guard isGoing else { return }
        let (_, damagedBlocks) = Allocator.withGuardedMemory(.margins) { compare(calls, make: make) }
        guard damagedBlocks > 0, let call = calls.first else { return }
        for index in runs.indices where isUndecided(runs[index]) {
            runs[index].report.failures.append("\(call.name): wrote outside of the memory of a tensor")
        }
    }

    private mutating func compare(
        _ calls: [BackendCall], make: (any Backend) -> [(call: Int, result: Tensor?)]
    ) {
        let before = calls.map { $0.inputs.map { $0.value.bytes } }
        var expected = calls.map { ExpectedResult($0, arithmetic) }
        for index in runs.indices where isUndecided(runs[index]) {
            for (call, result) in make(runs[index].backend) {
                guard let result else {
                    runs[index].report.declined.append(calls[call].name)
                    continue
                }
                runs[index].report.compared += 1
                if let finding = expected[call].finding(result) {
                    runs[index].report.failures.append("\(calls[call].name): \(finding)")
                }
                let prepared = calls[call].makePrepared?(runs[index].backend) ?? []
                if prepared.contains(where: { $0.bytes != result.bytes }) {
                    runs[index].report.failures.append("\(calls[call].name): differs where it is prepared")
                }
            }
            for (call, bytes) in zip(calls, before) {
                for (input, bytes) in zip(call.inputs, bytes) where input.value.bytes != bytes {
                    runs[index].report.failures.append("\(call.name): the \(input.key) was written to")
                }
            }
        }
    }
}

extension Tensor {
    fileprivate var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
}
