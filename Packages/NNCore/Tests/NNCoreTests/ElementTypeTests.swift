import Testing

@testable import NNCore

/// Kernels read parameters as float32: a shape rule lets nothing else come to them.
@Suite(.onSeveralThreads) struct ElementTypeTests {
    private func failure(_ calculate: (Trace) -> Void) -> String {
        let trace = Trace()
        calculate(trace)
        return trace.failure.map { "\($0)" } ?? ""
    }

    private func tensor(_ trace: Trace, _ shape: Shape, _ type: DataType = .float32) -> Tensor {
        trace.input(TensorSpecification(shape: shape, dataType: type))
    }

    @Test(arguments: [DataType.uint8, .int32])
    func imagesAreFloatingPoint(_ type: DataType) {
        let message = failure { trace in
            _ = tensor(trace, [1, 8, 8, 3], type).convolved(weight: tensor(trace, [4, 3, 3, 3]))
        }
        #expect(message.contains("takes float32 or bfloat16"))
        #expect(
            failure { _ = tensor($0, [2, 3], type).linear(weight: tensor($0, [4, 3])) }
                .contains("takes float32 or bfloat16"))
    }

    @Test func parametersAreFloat32() {
        let message = failure { trace in
            _ = tensor(trace, [1, 8, 8, 3], .bfloat16).convolved(weight: tensor(trace, [4, 3, 3, 3], .bfloat16))
        }
        #expect(message.contains("must be float32"))
    }

    @Test func classWeightsAreFloat32() {
        let message = failure { trace in
            _ = tensor(trace, [4, 3]).softmaxCrossEntropy(
                labels: tensor(trace, [4], .int32), classWeights: tensor(trace, [3], .bfloat16))
        }
        #expect(message.contains("class weights bfloat16[3] for 3 classes"))
    }

    @Test func aSplitThatDoesNotFitIsAFailureOfAnyNumberOfParts() {
        let message = failure { trace in
            let parts = tensor(trace, [2, 10]).split(sizes: [Int](repeating: 4, count: 16), axis: 1)
            #expect(parts.count == 16)
        }
        #expect(message.contains("do not add up"))
    }

    @Test func normalizationHasAFactorForEachChannel() {
        let message = failure { trace in
            _ = tensor(trace, [1, 8, 8, 3]).batchNormalized(
                scale: tensor(trace, []), offset: tensor(trace, [3]), statistics: .batch)
        }
        #expect(message.contains("for 3 channels"))
    }

    /// The backend derives the size of the input from that of the output.
    @Test func outputPaddingIsSmallerThanTheStride() {
        let message = failure { trace in
            _ = tensor(trace, [1, 2, 2, 1]).convolutionTransposed(
                weight: tensor(trace, [1, 1, 3, 3]), outputPadding: 1, dilations: 2)
        }
        #expect(message.contains("smaller than the stride"))
    }

    /// A reshaped weight shares its storage, but not the order in which a backend keeps its filters.
    @Test func reshapedWeightsAreWeightsOfTheirOwn() {
        let weight = Tensor((0..<108).map { Float($0) / 100 }, shape: [6, 2, 3, 3])
        let copy = Tensor(weight.floats, shape: [4, 3, 3, 3])
        let images = Tensor((0..<75).map(Float.init), shape: [1, 5, 5, 3])
        _ = Tensor.ones([1, 5, 5, 2]).convolved(weight: weight)
        #expect(
            images.convolved(weight: weight.reshaped([4, 3, 3, 3])).floats == images.convolved(weight: copy).floats)
    }

    /// As a GPU writes it, with all bits set: rounding must not make it a number.
    @Test(arguments: [0x7fff_ffff, 0xffff_ffff, 0x7f80_0001] as [UInt32])
    func roundingKeepsWhatIsNoNumber(_ bits: UInt32) {
        let rounded = Tensor([Float](repeating: Float(bitPattern: bits), count: 37)).cast(to: .bfloat16)
        #expect(rounded.cast(to: .float32).floats.allSatisfy { $0.isNaN })
    }

    /// Sizes that come once only do not pile up.
    @Test func theAllocatorGivesBackWhatItCannotUse() {
        let allocator = Allocator()
        // Memory that is not written to is asked for in name only.
        for size in stride(from: 64 << 20, to: 512 << 20, by: 8 << 20) {
            let block = allocator.allocate(byteCount: size)
            allocator.deallocate(block.pointer, size: block.size)
        }
        #expect(allocator.statistics.systemAllocations > 16)
        #expect(allocator.statistics.reserved <= 2 << 30)
        allocator.releaseUnused()
        #expect(allocator.statistics.reserved == 0)
    }

    @Test func everySizeClassHasANumber() {
        var last = -1
        for exponent in 0..<48 {
            for part in 0..<16 {
                let size = Allocator.sizeClass(for: 1 << exponent + part << exponent / 16)
                let number = Allocator.classNumber(of: size)
                #expect(Allocator.size(ofClass: number) == size)
                #expect(number >= last)
                last = number
            }
        }
    }
}
