@_spi(Kernels) import NNCore
import NNTesting
import Testing

@Suite struct BackendConformanceTests {
    // The reference backend declines nothing.
    @Test func backendConforms() {
        let report = BackendConformance.check(BLASBackend())
        #expect(report.failures == [])
        #expect(report.declined == [])
    }

    @Test func passesRightBackends() {
        let others = BackendConformance.check(
            each: [
                FaultyBackend("declines everything") { _ in nil },
                FaultyBackend("declines bfloat16") { call in
                    [call.first, call.second].contains { $0.dataType == .bfloat16 } ? nil : call.right
                },
                FaultyBackend("rounds the weights of bfloat16 images") { call in
                    guard call.first.dataType == .bfloat16, call.isConvolution, call.pass != .weightGradient else {
                        return call.right
                    }
                    var call = call
                    call.second = call.second.coarse
                    return call.right
                },
            ], stopsAtFirstFailure: false)
        for report in others {
            #expect(report.failures == [])
            #expect(report.compared + report.declined.count == others[2].compared)
        }
        #expect(others[0].compared == 0)
        #expect(others[1].declined.allSatisfy { $0.contains("bfloat16") })
    }

    /// One fault in each backend; the first failure is enough.
    @Test func catchesEveryFault() {
        var faults = roundingFaults + behaviourFaults
        // What they are right in they decline, which takes no time.
        func add(_ kind: String, _ pass: FaultyCall.Pass, _ concerns: @escaping @Sendable (FaultyCall) -> Bool) {
            faults.append(
                FaultyBackend("\(pass), \(kind)") { call in
                    guard call.pass == pass else { return nil }
                    return concerns(call) ? call.right.spoiled : call.right
                })
        }
        for (kind, concerns) in geometryFaults {
            for pass in [FaultyCall.Pass.output, .inputGradient, .weightGradient] { add(kind, pass, concerns) }
        }
        for (kind, concerns) in epilogueFaults { add(kind, .output, concerns) }
        for (kind, concerns) in productFaults { add(kind, .product, concerns) }
        let reports = BackendConformance.check(each: faults, stopsAtFirstFailure: true)
        let passed = zip(faults, reports).filter { $1.failures.isEmpty }.map(\.0.name)
        #expect(passed == [], "\(faults.count - passed.count) of \(faults.count) were caught")
        #expect(faults.count > 90)
    }

    @Test(arguments: [true, false]) func holdsPreparedConvolutionsAgainstOthers(keepsBias: Bool) {
        let report = BackendConformance.check(PreparingBackend(keepsBias: keepsBias), stopsAtFirstFailure: !keepsBias)
        #expect(report.failures.isEmpty == keepsBias)
        #expect(report.failures.allSatisfy { $0.hasSuffix("differs where it is prepared") })
    }

    @Test func noticesInputsThatAreWrittenTo() {
        let backend = FaultyBackend("overwrites its input") { call in
            let result = call.right
            guard call.pass == .output else { return result }
            call.first.withUnsafeBytes { bytes in
                if let first = bytes.baseAddress {
                    UnsafeMutableRawPointer(mutating: first).storeBytes(of: 7, as: UInt8.self)
                }
            }
            return result
        }
        let report = BackendConformance.check(backend, stopsAtFirstFailure: true)
        #expect(report.failures.contains { $0.hasSuffix("the input was written to") }, "\(report.failures)")
    }

    @Test func tellsWhatIsWrong() throws {
        let backend = FaultyBackend("wrong in 7x1") { call in
            call.isConvolution && call.kernel == Size(height: 7, width: 1) ? call.right.spoiled : call.right
        }
        let failure = try #require(BackendConformance.check(backend, stopsAtFirstFailure: true).failures.first)
        #expect(failure.hasPrefix("convolution float32[2, 9, 6, 5] with [6, 5, 7, 1], stride 1x1"), "\(failure)")
        #expect(failure.contains(" at [1, 8, 5, 5], expected "), "\(failure)")
        #expect(failure.hasSuffix("; 1 of 648 elements are off"), "\(failure)")
    }

    // In processes of their own, since other tests would take the damage for theirs.
    @Test func noticesWhatIsWrittenBeforeAResult() async {
        await #expect(processExitsWith: .success) { expectNotice { _ in -1 } }
    }

    @Test func noticesWhatIsWrittenBehindAResult() async {
        await #expect(processExitsWith: .success) { expectNotice { $0 } }
    }
}

/// Writes a byte beside a result, at an offset that follows from its byte count.
private func expectNotice(_ offset: @escaping @Sendable (Int) -> Int) {
    let backend = FaultyBackend("writes outside") { call in
        var result = call.right
        guard call.pass == .weightGradient else { return result }
        result.withUnsafeMutableBytes { bytes in
            (bytes.baseAddress! + offset(bytes.count)).storeBytes(of: 1, as: UInt8.self)
        }
        return result
    }
    let report = BackendConformance.check(backend, stopsAtFirstFailure: true)
    #expect(report.failures.contains { $0.hasSuffix("wrote outside of the memory of a tensor") })
}

/// The reference backend, with prepared convolutions that may lack their bias.
private struct PreparingBackend: Backend {
    let name = "prepares"
    let keepsBias: Bool

    private struct Prepared: PreparedConvolution {
        let weight: Tensor
        let geometry: ConvolutionGeometry
        let epilogue: ConvolutionEpilogue

        func run(
            _ input: Tensor, residual: Tensor?, into output: Tensor, scratch: UnsafeMutableRawPointer
        ) {
            var epilogue = epilogue
            epilogue.residual = residual
            let result = BLASBackend().convolution(input, weight: weight, geometry: geometry, epilogue: epilogue)!
            result.withUnsafeBytes {
                guard let source = $0.baseAddress else { return }
                output.unsafePointer.copyMemory(from: source, byteCount: $0.count)
            }
        }
    }

    func convolution(
        _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue
    ) -> Tensor? {
        BLASBackend().convolution(input, weight: weight, geometry: geometry, epilogue: epilogue)
    }

    func preparedConvolution(
        of input: TensorSpecification, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue,
        addsResidual: Bool
    ) -> (any PreparedConvolution)? {
        var epilogue = epilogue
        if !keepsBias { epilogue.bias = nil }
        return Prepared(weight: weight, geometry: geometry, epilogue: epilogue)
    }
}
