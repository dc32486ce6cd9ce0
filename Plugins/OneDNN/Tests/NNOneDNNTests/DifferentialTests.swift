import Foundation
@_spi(Testing) import NNCore
@_spi(Testing) import NNTesting
import Testing

@testable import NNOneDNN

/// oneDNN against plain loops, with guarded memory. `make soak` runs many more cases, for each library and
/// instruction set.
@Suite(.serialized) struct DifferentialTests {
    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }

    /// Holds calculations against plain loops. Where `NN_SOAK_LOG` names a file, each is written there before it runs, so
    /// that it is known when it ends the process.
    /// - Returns: How many agree; the rest was left to the next backend, as bfloat16 is on a processor without it.
    @discardableResult
    static func hold(
        _ calculations: some Sequence<(Int, RandomCalculation)>, against backend: any Backend,
        check: (RandomCalculation, any Backend) -> RandomCalculation.Outcome = { $0.check($1) }
    ) -> Int {
        let log = ProcessInfo.processInfo.environment["NN_SOAK_LOG"].flatMap { fopen($0, "w") }
        defer { if let log { fclose(log) } }
        var (agreed, declined, failures) = (0, 0, [String]())
        let start = Date()
        for (index, calculation) in calculations {
            if let log {
                rewind(log)
                ftruncate(fileno(log), 0)
                fputs("\(index) \(calculation)\n", log)
                fflush(log)
            }
            // A write that is found later than the call that did it is counted with the next one.
            let (outcome, damaged) = Allocator.withGuardedMemory(.pages) { check(calculation, backend) }
            if damaged > 0 {
                failures.append("\(index): \(calculation): memory around \(damaged) blocks was overwritten")
            }
            switch outcome {
            case .agrees: agreed += 1
            case .declined: declined += 1
            case .wrong(let text): failures.append("\(index): \(text)")
            }
        }
        let seconds = Int(Date().timeIntervalSince(start))
        if log != nil {
            print(
                "soak \(backend.details): \(agreed) agree, \(declined) left to the next backend, "
                    + "\(failures.count) wrong, \(seconds) seconds")
            for failure in failures { print("soak WRONG \(failure)") }
        }
        #expect(failures == [])
        return agreed
    }

    @Test func agreesOnRandomCalculations() throws {
        let first = Self.number("NN_SOAK_FIRST") ?? 0
        let count = Self.number("NN_SOAK_CASES") ?? 300
        let seed = UInt64(Self.number("NN_SOAK_SEED") ?? 1)
        let largest = Self.number("NN_SOAK_CASES") == nil ? 300_000 : 2_000_000
        let agreed = Self.hold(
            (first..<first + count).lazy.map { ($0, RandomCalculation(seed: seed, index: $0, largest: largest)) },
            against: try OneDNNBackend())
        #expect(agreed > 0)
    }

    /// What failed once, whatever the processor makes of it.
    @Test func agreesWhereAVersionFailed() throws {
        let lines =
            OneDNNRulesTests.wrongGradients + OneDNNRulesTests.narrowGradients + OneDNNRulesTests.wrongForwards
            + OneDNNRulesTests.unseenForwards + [
                "bwd bf16 4 1 16 33 1 268 1 1 1 1 0 0 0 0 0 0", "bwd bf16 1 1 33 33 35 30 1 1 1 1 0 0 0 0 0 0",
                "bww bf16 1 1 3 16 8 42 1 1 2 2 0 0 0 0 0 0",
                "bww f32 1 1 3 16 8 42 1 1 2 2 0 0 0 0 0 0",
            ]
        let calculations = lines.enumerated().map { index, line in
            (index, RandomCalculation(OneDNNRulesTests.key(line)))
        }
        // Some are large for plain loops.
        Self.hold(calculations, against: try OneDNNBackend()) { $0.check($1, against: BLASBackend()) }
    }

    @Test(arguments: [DataType.float32, .bfloat16]) func addsAResidualAfterwards(dataType: DataType) throws {
        try Self.holdForced(.addResidualAfterwards, dataType) { $0.hasResidual }
    }

    @Test func calculatesInFloat32Instead() throws {
        try Self.holdForced(.useFloat32, .bfloat16) { $0.dataType == .bfloat16 }
    }

    @Test func clearsScratch() throws { try Self.holdForced(.clearScratch, .float32) { _ in true } }

    /// Treats every calculation in one way, where oneDNN has it at all, as the rules of other processors do.
    private static func holdForced(
        _ treatment: Treatment, _ dataType: DataType, where applies: @escaping @Sendable (ConvolutionKey) -> Bool
    ) throws {
        let directions: [OneDNNRule.Direction] = [.forward, .inputGradient, .weightGradient]
        let library = try OneDNNLibrary.open()
        let forced = directions.map { direction in
            OneDNNRule(
                name: "test", versions: OneDNNVersion(0, 0)..<OneDNNVersion(9, 0), direction: direction,
                implementations: [""], instructions: [], condition: "", applies: applies, treatment: treatment,
                fault: "")
        }
        // The library's own faults stay covered.
        let known = OneDNNRules(version: library.version, instructions: library.instructions)
        let backend = try OneDNNBackend(library, rules: OneDNNRules(rules: known.rules + forced))
        let calculations = (0..<200).map { ($0, RandomCalculation(seed: 7, index: $0, largest: 50_000)) }
            .filter { $0.1.dataType == dataType }
        hold(calculations, against: backend)
    }

    @Test(arguments: [DataType.float32, .bfloat16]) func splitsTheLastRow(dataType: DataType) throws {
        let backend = try OneDNNBackend()
        for (size, images) in [(Size(height: 5, width: 7), 1), (Size(height: 9, width: 40), 3)] {
            let calculation = RandomCalculation(
                .weightGradient, input: [images, size.height, size.width, 17], weight: [16, 17, 3, 3],
                geometry: ConvolutionGeometry(padding: 1), dataType: dataType)
            #expect(calculation.check(ByRows(backend: backend)) == .agrees)
        }
    }

    /// Calculates weight gradients in two parts; what the processor has no code for is left to BLAS.
    private struct ByRows: Backend {
        let name = "rows"
        let backend: OneDNNBackend

        func convolutionWeightGradient(
            _ outputGradient: Tensor, input: Tensor, geometry: ConvolutionGeometry, weightShape: Shape
        ) -> Tensor? {
            backend.weightGradientByRows(outputGradient, input, geometry, weightShape)
                ?? BLASBackend().convolutionWeightGradient(
                    outputGradient, input: input, geometry: geometry, weightShape: weightShape)
        }
    }
}

extension RandomCalculation {
    fileprivate init(_ key: ConvolutionKey) {
        let kind: Kind =
            switch key.direction {
            case .forward: .convolution
            case .inputGradient: .inputGradient
            case .weightGradient: .weightGradient
            }
        self.init(
            kind, input: key.inputShape, weight: key.weightShape, geometry: key.geometry, dataType: key.dataType)
    }
}
