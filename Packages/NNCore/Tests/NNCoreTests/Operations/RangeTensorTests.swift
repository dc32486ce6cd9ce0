import NNCore
import Testing

/// Tensors of sequences of numbers.
@Suite struct RangeTensorTests {
    @Test func ofSequences() {
        let steps = Tensor(stride(from: Int32(0), to: 10, by: 3))
        #expect(steps.dataType == .int32 && steps.scalars(as: Int32.self) == [0, 3, 6, 9])
        #expect(Tensor(stride(from: Float(1), through: 0, by: -0.5)).floats == [1, 0.5, 0])
        #expect(Tensor(Int64(2)..<5).scalars(as: Int64.self) == [2, 3, 4])
        #expect(Tensor(Set([UInt8(7)])).scalars(as: UInt8.self) == [7])
        #expect(Tensor(stride(from: Float(0), to: 0, by: 1)).shape == [0])
    }

    @Test func wholeNumbers() {
        let five = Tensor.arange(to: 5)
        #expect(five.dataType == .int64 && five.scalars(as: Int64.self) == [0, 1, 2, 3, 4])
        #expect(Tensor.arange(from: 2, to: 9, by: 3).floats == [2, 5, 8])
        #expect(Tensor.arange(from: 2, to: 8, by: 3).floats == [2, 5])
        #expect(Tensor.arange(from: 5, to: -2, by: -3).floats == [5, 2, -1])
        #expect(Tensor.arange(from: 1, to: 1).shape == [0] && Tensor.arange(from: 3, to: 0).shape == [0])
        #expect(Tensor.arange(from: 0, to: 3, by: -1).shape == [0])
        let large = 9_007_199_254_740_993
        let two: [Int64] = [9_007_199_254_740_993, 9_007_199_254_740_994]
        #expect(Tensor.arange(from: large, to: large + 2).scalars(as: Int64.self) == two)
        let least: [Int64] = [.min, .min + 1]
        #expect(Tensor.arange(from: .min, to: .min + 2).scalars(as: Int64.self) == least)
        #expect(Tensor.arange(from: 0, to: -1, by: .min).floats == [0])
        #expect(Tensor.arange(from: 250, to: 256, by: 5, dataType: .uint8).scalars(as: UInt8.self) == [250, 255])
        #expect(Tensor.arange(to: 2, dataType: .int32).dataType == .int32)
        #expect(Tensor.arange(to: 3, dataType: .bfloat16).dataType == .bfloat16)
        #expect(Tensor.arange(to: 3, dataType: .float32).floats == [0, 1, 2])
    }

    @Test func floats() {
        let quarters = Tensor.arange(from: 0, to: 1, by: 0.25)
        #expect(quarters.dataType == .float32 && quarters.floats == [0, 0.25, 0.5, 0.75])
        #expect(Tensor.arange(from: 1.0, to: 0, by: -0.5).floats == [1, 0.5])
        #expect(Tensor.arange(to: 2.5).floats == [0, 1, 2])
        // In float32 there would be four of them.
        #expect(Tensor.arange(from: 0, to: 0.3, by: 0.1).floats == [0, 0.1, 0.2])
        #expect(Tensor.arange(from: 0.0, to: -1).shape == [0])
        let single: Float = 0.5
        #expect(Tensor.arange(to: 2, by: single).floats == [0, 0.5, 1, 1.5])
        #expect(Tensor.arange(from: 0, to: 1, by: 0.5, dataType: .bfloat16).dataType == .bfloat16)
        // One after the other, a million steps would be far off.
        #expect(Tensor.arange(from: 0, to: 100_000.05, by: 0.1).floats.last == 100_000)
    }

    @Test func equalDistances() {
        #expect(Tensor.linspace(from: 0, to: 1, count: 5).floats == [0, 0.25, 0.5, 0.75, 1])
        #expect(Tensor.linspace(from: 1, to: -1, count: 3).floats == [1, 0, -1])
        #expect(Tensor.linspace(from: 3, to: 7, count: 1).floats == [3])
        #expect(Tensor.linspace(from: 3, to: 7, count: 0).shape == [0])
        for count in [2, 3, 10, 101, 1000] {
            let values = Tensor.linspace(from: Float(-0.1), to: 0.7, count: count).floats
            #expect(values.first == -0.1 && values.last == 0.7 && values.count == count)
            let step = 0.8 / Double(count - 1)
            #expect(values.enumerated().allSatisfy { abs(Double($1) - (-0.1 + step * Double($0))) < 1e-7 })
        }
        #expect(Tensor.linspace(from: -3e38, to: 3e38, count: 3).floats == [-3e38, 0, 3e38])
        #expect(Tensor.linspace(from: 0, to: 1, count: 2, dataType: .bfloat16).dataType == .bfloat16)
    }

    @Test func grids() {
        let grid = Tensor.meshgrid(.arange(to: 2), Tensor([5, 6, 7] as [Float]))
        #expect(grid.count == 2 && grid.allSatisfy { $0.shape == [2, 3] })
        #expect(grid[0].dataType == .int64 && grid[0].floats == [0, 0, 0, 1, 1, 1])
        #expect(grid[1].floats == [5, 6, 7, 5, 6, 7])
        let cube = Tensor.meshgrid(.arange(to: 2), .arange(to: 0), .arange(to: 4))
        #expect(cube.allSatisfy { $0.shape == [2, 0, 4] })
        #expect(Tensor.meshgrid(.arange(to: 3))[0].floats == [0, 1, 2] && Tensor.meshgrid().isEmpty)
        expectGradient(by: distinctTensor([3]), distinctTensor([2])) { inputs in
            let grid = Tensor.meshgrid(inputs[0], inputs[1])
            return grid[0] * grid[1].squared()
        }
        #expect(
            refusal(of: TensorSpecification(shape: [2, 2])) { _ = Tensor.meshgrid(.arange(to: 2), $0[0]) }
                == "meshgrid: input 1 is [2, 2], not a vector")
    }

    @Test func refusesWhatHasNoNumbers() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.arange(to: 5, by: 0)
            }, "arange: a step of 0 from 0 to 5")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.arange(to: 257, dataType: .uint8)
            }, "arange: 256 is not a value of uint8")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.arange(from: .min, to: .max)
            }, "arange: the distance from -9223372036854775808 to 9223372036854775807 is too large to count")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.arange(to: 1 << 50)
            }, "are larger than any memory")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.arange(from: 0, to: Double.infinity)
            }, "arange: end must be a finite number, not inf")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.arange(from: 0, to: 1, by: 0.5, dataType: .int32)
            }, "arange: makes float32 or bfloat16, not int32")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Tensor.linspace(from: 0, to: 1, count: -1)
            }, "linspace: count must be 0 or more, not -1")
    }
}
