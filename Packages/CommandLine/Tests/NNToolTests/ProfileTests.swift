import Foundation
@_spi(Internal) import NNCore
import NNLayers
import Testing

@testable import NNTool

@Suite struct ProfileRecorderTests {
    private func record(_ step: () -> Void) -> (seconds: Double, records: [ProfileRecorder.Record]) {
        ProfileRecorder().record { Engine.$scoped.withValue([BLASBackend()]) { step() } }
    }

    @Test func partsAreNotCountedTwice() {
        let clock = ContinuousClock()
        func wait(_ milliseconds: Int) {
            let start = clock.now
            while clock.now - start < .milliseconds(milliseconds) {}
        }
        let (seconds, records) = record {
            Engine.observed(ObservedWork(operation: "whole", phase: .forward)) {
                wait(2)
                Engine.observed(ObservedWork(operation: nil, phase: .weightGradient)) { wait(10) }
            }
        }
        #expect(records.map(\.operation) == ["whole", "whole"])
        #expect(records.map(\.work.phase) == [.weightGradient, .forward])
        #expect(records[0].seconds >= 0.01 && records[1].seconds >= 0.002)
        #expect(records[0].seconds + records[1].seconds <= seconds)
    }

    @Test func aConvolutionHasThreeCalculations() throws {
        let weight = Tensor.ones([6, 4, 3, 3]).requiringGradient()
        let images = Tensor.ones([2, 9, 7, 4]).requiringGradient()
        let (_, records) = record {
            _ = images.convolved(weight: weight, strides: 2, padding: .explicit(1)).sum().backward()
        }
        let computed = records.filter { $0.backend != nil }
        #expect(computed.map(\.work.phase) == [.forward, .weightGradient, .inputGradient])
        for record in computed {
            #expect(record.operation == "conv2d" && record.backend == "blas")
            #expect(record.kernel == (record.work.phase == .weightGradient ? "columns" : "implicit product"))
            #expect(record.kind == "3x3 s2" && record.shape == "2x9x7x4 to 6")
            #expect(record.multiplyAccumulates == 2 * 5 * 4 * 6 * 4 * 9)
        }
        // Images of 504 numbers, a weight of 216 and results of 240.
        #expect(computed.map(\.bytes) == [4 * 960, 4 * 960, 4 * 960])
        let wholes = records.filter { $0.operation == "conv2d" && $0.backend == nil }
        #expect(wholes.count == 2)
        #expect(wholes.allSatisfy { $0.multiplyAccumulates == 0 && $0.bytes == 0 })
    }

    @Test func classesOfShapesAreNamed() {
        let (_, records) = record {
            let images = Tensor.ones([1, 8, 8, 4])
            _ = images.convolved(weight: .ones([4, 1, 3, 3]), padding: .explicit(4), dilations: 4, groups: 4)
            _ = images.convolved(weight: .ones([6, 2, 1, 5]), groups: 2)
            _ = Tensor.matmul(.ones([2, 3]), .ones([3, 4]))
        }
        let computed = records.filter { $0.backend != nil }
        #expect(computed.map(\.kind) == ["depthwise 3x3 d4", "groups 2 1x5", ""])
        #expect(computed[0].kernel == "depthwise")
        #expect(computed[2].operation == "matmul" && computed[2].multiplyAccumulates == 24)
        #expect(computed[2].shape == "2x3 3x4")
    }

    /// A view of the same memory moves nothing.
    @Test func reshapingMovesNothing() {
        let (_, records) = record { _ = Tensor.ones([4, 4]).reshaped([16]) + 1 }
        #expect(records.first { $0.operation == "reshape" }.map(\.bytes) == 0)
        #expect(records.contains { $0.bytes == 128 })
    }

    @Test func nothingIsObservedAfterwards() {
        let recorder = ProfileRecorder()
        let images = Tensor.ones([1, 4, 4, 2])
        #expect(recorder.record { _ = images + images }.records.count == 1)
        _ = images + images
        #expect(recorder.record {}.records.isEmpty)
    }

    @Test func gradientsAreTheSame() throws {
        func gradient() throws -> [Float] {
            let x = Tensor([1, -2, 3, 0.5] as [Float]).requiringGradient()
            return try #require((x * x + x * 3).activated(by: .relu).sum().backward()[x]).floats
        }
        let plain = try gradient()
        var observed: [Float] = []
        let records = try ProfileRecorder().record { observed = try gradient() }.records
        #expect(observed == plain)
        #expect(records.contains { $0.operation == "gradient_sum" && $0.work.phase == .backward && $0.bytes == 48 })
    }
}

@Suite struct OperationProfileTests {
    static func subject(batch: Int = 8, precision: Precision = .float32) -> OperationProfile.Subject {
        .init(
            configuration: "net", mode: "train", batch: batch, imageSize: [32, 48], classes: 10,
            precision: precision.rawValue, parameters: 1000, threads: 2, processor: "a processor")
    }

    static func record(
        _ operation: String, _ phase: ObservedWork.Phase = .forward, seconds: Double, shape: Shape = [2, 2],
        backend: String? = nil, kernel: String? = nil, bytes: Int = 0, macs: Int = 0
    ) -> ProfileRecorder.Record {
        let work = ObservedWork(operation: operation, phase: phase, inputs: [TensorSpecification(shape: shape)])
        return ProfileRecorder.Record(
            work: work, operation: operation, backend: backend, kernel: kernel, seconds: seconds, bytes: bytes,
            multiplyAccumulates: macs)
    }

    /// Two steps of 10 and 12 ms, and one of a second, which something has interrupted.
    static func profile(batch: Int = 8, convolution: Double = 0.004) -> OperationProfile {
        func step(_ more: Double) -> [ProfileRecorder.Record] {
            [
                record(
                    "conv2d", seconds: convolution + more, backend: "onednn", kernel: "brgconv:avx512", macs: 2_000_000),
                record("conv2d", seconds: 0.001, shape: [4, 4], backend: "onednn", kernel: "brgconv:avx512"),
                record("conv2d", .weightGradient, seconds: 0.003, backend: "blas", kernel: "columns"),
                record("add", seconds: 0.001, bytes: 5_000_000),
            ]
        }
        return OperationProfile(
            subject(batch: batch), ceilings: MachineCeilings(gigaflops: 4, backend: "blas", gigabytesPerSecond: 10),
            unobserved: StepTimes(milliseconds: [9, 10, 11]),
            observed: [
                (0.006 + convolution, step(0)), (0.008 + convolution, step(0.002)), (1, step(0.5)), (0.9, step(0.5)),
            ])
    }

    @Test func rowsAndTheRestAddUpToTheStep() {
        let profile = Self.profile()
        #expect(profile.steps.count == 4)
        #expect(abs(profile.steps.milliseconds - 11) < 1e-9)
        #expect(abs(profile.steps.betweenOperations - 1) < 1e-9)
        let sum = profile.rows.reduce(profile.steps.betweenOperations) { $0 + $1.milliseconds }
        #expect(abs(sum - profile.steps.milliseconds) < 1e-9)
        #expect(profile.rows.map(\.milliseconds) == profile.rows.map(\.milliseconds).sorted(by: >))
        let first = profile.rows[0]
        #expect(first.operation == "conv2d" && first.phase == .forward && first.shape == "2x2" && first.calls == 1)
        #expect(abs(first.milliseconds - 5) < 1e-9 && abs(first.share - 5.0 / 11) < 1e-9)
        // 4 million operations in 5 ms; 5 million bytes in 1 ms.
        #expect(abs((first.gigaflops ?? 0) - 0.8) < 1e-9 && first.gigabytesPerSecond == nil)
        #expect(abs((profile.rows.first { $0.operation == "add" }?.gigabytesPerSecond ?? 0) - 5) < 1e-9)
    }

    @Test func classesAddUpToTheSame() {
        let profile = Self.profile()
        let rows = profile.rowsByKind
        #expect(profile.rows.count == 4 && rows.count == 3)
        #expect(rows[0].calls == 2 && abs(rows[0].milliseconds - 6) < 1e-9)
        #expect(abs((rows[0].gigaflops ?? 0) - 4e6 / 6e-3 / 1e9) < 1e-9)
        let sums = [profile.rows, rows].map { $0.reduce(0) { $0 + $1.milliseconds } }
        #expect(abs(sums[0] - sums[1]) < 1e-9)
    }

    @Test(arguments: [false, true])
    func theTableFitsAndEndsWithTheTotal(_ byShape: Bool) throws {
        let text = Self.profile().text(byShape: byShape)
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 100 })
        let total = try #require(lines.first { $0.hasPrefix("total") })
        #expect(total.split(separator: " ").map(String.init) == ["total", "4", "11.00", "100.0"])
        let rest = try #require(lines.first { $0.hasPrefix("between operations  ") })
        #expect(rest.split(separator: " ").suffix(2).map(String.init) == ["1.00", "9.1"])
        #expect(lines.contains { $0.contains("conv2d by weight") && $0.contains("blas") })
        #expect(lines.contains { $0.contains("onednn brgc") && !$0.contains("GFLOP") })
        #expect(text.hasSuffix("forward 7.00 ms, backward 3.00 ms, between operations 1.00 ms"))
        // A fifth of 4 GFLOP/s without the second shape, and half of 10 GB/s.
        #expect(lines.contains { $0.hasPrefix("add") && $0.hasSuffix("5.0  50") })
        #expect(byShape == lines.contains { $0.contains("conv2d 2x2") && $0.contains("0.8  20") })
    }

    @Test func manyAndLongRowsFitToo() throws {
        let records = (0..<60).map { index in
            Self.record(
                "an_operation_with_quite_a_long_name_\(index)", .inputGradient, seconds: 0.001,
                shape: [128, 1024, 1024, 2048], backend: "a_backend_of_another_package", kernel: "kernel",
                bytes: 1 << 40, macs: 1 << 50)
        }
        let profile = OperationProfile(
            Self.subject(), ceilings: MachineCeilings(gigaflops: 1, backend: "blas", gigabytesPerSecond: 1),
            unobserved: StepTimes(milliseconds: [60]), observed: [(0.06, records)])
        for byShape in [false, true] {
            let lines = profile.text(byShape: byShape).split(separator: "\n")
            #expect(lines.contains { $0.hasPrefix("20 smaller ones") && $0.contains(" 20.00") })
            #expect(lines.filter { $0.hasPrefix("an_operation") }.count == 40)
        }
    }

    @Test func filesHaveTheSameProfile() throws {
        let profile = Self.profile()
        let folder = try TemporaryFolder()
        let file = try folder.write(
            String(decoding: JSONEncoder.ofResults.encode(profile), as: UTF8.self), to: "a.json")
        let read = try OperationProfile(contentsOf: file.path)
        #expect(read.subject == profile.subject && read.ceilings == profile.ceilings)
        #expect(read.text() == profile.text() && read.text(byShape: true) == profile.text(byShape: true))
        #expect(try folder.text("a.json").contains("\"weight_gradient\""))
    }

    @Test(arguments: [
        ("{}", "this is not a profile"), ("[1, 2", "this is not a profile"),
        (#"{"format": "nnkit operation profile 9"}"#, "this is 'nnkit operation profile 9' and not"),
        (#"{"format": "nnkit operation profile 1", "rows": 3}"#, "the profile is damaged"),
    ])
    func otherFilesAreRefused(_ text: String, _ message: String) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(text, to: "a.json")
        let error = #expect(throws: CommandFailure.self) { try OperationProfile(contentsOf: file.path) }
        #expect(error?.message?.contains("a.json: \(message)") == true)
        #expect(error?.message?.contains("nn bench CONFIG --profile --json FILE") == true)
        let missing = #expect(throws: CommandFailure.self) { try OperationProfile(contentsOf: file.path + "x") }
        #expect(missing?.message?.contains("there is no such file") == true)
    }

    @Test func profilesAreComparedByOperation() throws {
        let comparison = ProfileComparison(Self.profile(), Self.profile(convolution: 0.002))
        #expect(comparison.differences.isEmpty)
        let convolution = try #require(comparison.rows.first)
        #expect(convolution.operation == "conv2d" && convolution.firstBy == "onednn brgconv")
        #expect(abs((convolution.ratio ?? 0) - 6.0 / 4) < 1e-9)
        #expect(abs((comparison.total.ratio ?? 0) - 11.0 / 9) < 1e-9)
        let lines = comparison.text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 100 })
        #expect(lines.contains { $0.hasPrefix("conv2d ") && $0.contains("6.00  4.00  1.50") })
        #expect(lines.contains { $0.hasPrefix("total ") && $0.contains("11.00  9.00  1.22") })
    }

    @Test func whatOneProfileLacksHasNoRatio() throws {
        let (first, second) = (Self.profile(), Self.profile(batch: 16))
        let other = OperationProfile(
            second.subject, ceilings: second.ceilings, unobserved: StepTimes(milliseconds: [1]),
            observed: [(0.01, [Self.record("max_pool", seconds: 0.009)])])
        let comparison = ProfileComparison(first, other)
        #expect(comparison.differences == ["batch: 8 and 16"])
        #expect(!first.subject.hasWork(of: other.subject))
        let pool = try #require(comparison.rows.first { $0.operation == "max_pool" })
        #expect(pool.first == nil && pool.second == 9 && pool.ratio == nil)
        #expect(comparison.text.contains { $0 == "-" })
    }
}

@Suite struct MachineCeilingTests {
    @Test func theMachineHasCeilings() {
        let ceilings = Engine.$scoped.withValue([BLASBackend()]) { MachineCeilings(precision: .float32) }
        #expect(ceilings.gigaflops > 0.1 && ceilings.gigaflops < 1e6)
        #expect(ceilings.gigabytesPerSecond > 0.1 && ceilings.gigabytesPerSecond < 1e5)
        #expect(ceilings.backend == "blas")
    }
}

@Suite struct GrowthTests {
    @Test func valuesAreReadOrRefused() {
        #expect(Growth.Values(argument: "1,2,64")?.list == [1, 2, 64])
        for text in ["", "0", "-1", "1,", "1,x", "1.5", "1000001"] { #expect(Growth.Values(argument: text) == nil) }
    }

    @Test func eachVariableChangesOneThing() throws {
        let start = Growth.Start(imageSize: Size(height: 224, width: 320), backbone: "vovnet")
        #expect(try Growth.Variable.batch.values(from: start) == [1, 2, 4, 8, 16, 32, 64])
        #expect(try Growth.Variable.batch.point(4, from: start).batch == 4)
        #expect(try Growth.Variable.depth.values(from: start).contains(57))
        #expect(try Growth.Variable.depth.point(39, from: start).changes == ["model.backbone.depth=39"])
        let size = try Growth.Variable.area.point(50, from: start).imageSize
        #expect(size == Size(height: 96, width: 160))
        #expect(try Growth.Variable.threads.point(3, from: start).threads == 3)
        #expect(throws: CommandFailure.self) { try Growth.Variable.threads.point(2000, from: start) }
        let unknown = Growth.Start(imageSize: 64, backbone: "another")
        #expect(throws: CommandFailure.self) { try Growth.Variable.depth.values(from: unknown) }
    }
}
