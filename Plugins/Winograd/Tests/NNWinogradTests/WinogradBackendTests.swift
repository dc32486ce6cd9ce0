import NNTesting
import Testing

@_spi(Testing) @_spi(Kernels) import NNCore
@testable import NNWinograd

@Suite struct WinogradBackendTests {
    private static let shapes = [
        WinogradReference(input: [2, 41, 37, 24], weight: [40, 24, 3, 3], padding: 1),
        WinogradReference(input: [1, 14, 14, 48], weight: [200, 48, 3, 3], padding: 1),
        WinogradReference(input: [3, 29, 30, 16], weight: [18, 16, 3, 3], padding: 0),
        WinogradReference(input: [1, 5, 6, 130], weight: [70, 130, 3, 3], padding: 2),
    ]

    @Test(arguments: shapes) func threadsChangeNoBit(_ shapes: WinogradReference) {
        var numbers = Numbers(1)
        let (x, w, dy) = (numbers.tensor(shapes.input), numbers.tensor(shapes.weight), numbers.tensor(shapes.output))
        for backend in WinogradKernelTests.backends {
            let results = [1, 2, 3, 4, 7].map { count in
                Engine.withThreads(count) {
                    [
                        backend.convolution(
                            x, weight: w, geometry: shapes.geometry, epilogue: ConvolutionEpilogue(activation: .silu)),
                        backend.convolutionInputGradient(
                            dy, weight: w, geometry: shapes.geometry, inputShape: shapes.input),
                        backend.convolutionWeightGradient(
                            dy, input: x, geometry: shapes.geometry, weightShape: shapes.weight),
                    ].map { $0?.floats.map(\.bitPattern) }
                }
            }
            #expect(results.allSatisfy { $0 == results[0] && !$0.contains(nil) })
        }
    }

    @Test func packsAChangedWeightAgain() {
        for backend in WinogradKernelTests.backends {
            let input = Tensor.ones([1, 6, 6, 16])
            var weight = Tensor.ones([16, 16, 3, 3])
            func sum() -> Float {
                let output = backend.convolution(
                    input, weight: weight, geometry: ConvolutionGeometry(), epilogue: ConvolutionEpilogue())
                return output?.floats[0] ?? .nan
            }
            #expect(abs(sum() - 144) < 1e-3)
            weight.withMutableScalars(as: Float.self) { $0[0] = 3 }
            #expect(abs(sum() - 146) < 1e-3)
        }
    }

    /// A trained weight is packed for one call, to the same bits.
    @Test func trainingGivesTheSameOutputs() {
        var numbers = Numbers(2)
        let (x, w) = (numbers.tensor([2, 24, 24, 32]), numbers.tensor([32, 32, 3, 3]))
        Engine.$scoped.withValue([WinogradBackend(.portable)]) {
            let trained = x.convolved(weight: w.requiringGradient(), padding: .same)
            let plain = x.convolved(weight: w, padding: .same)
            #expect(trained.floats == plain.floats)
        }
    }

    @Test func theEngineChoosesTiles() {
        var numbers = Numbers(3)
        let (x, w) = (numbers.tensor([1, 32, 32, 32]), numbers.tensor([32, 32, 3, 3]))
        func output(_ backend: WinogradBackend, _ tiles: WinogradTiles) -> [Float]? {
            Engine.$winograd.withValue(tiles) {
                backend.convolution(
                    x, weight: w, geometry: ConvolutionGeometry(padding: 1), epilogue: ConvolutionEpilogue())?.floats
            }
        }
        let (two, four) = (WinogradBackend(.portable, forcedTile: 2), WinogradBackend(.portable, forcedTile: 4))
        #expect(output(WinogradBackend(.portable), .off) == nil)
        #expect(output(two, .off) == nil)
        #expect(output(WinogradBackend(.portable), .accurate) == output(two, .fast))
        #expect(output(WinogradBackend(.portable), .fast) == output(four, .fast))
        #expect(output(two, .fast) != output(four, .fast))
    }

    @Test func leavesWhatItCannotDo() {
        let backend = WinogradBackend(.portable, forcedTile: 2)
        func isTaken(
            _ input: Shape = [1, 8, 8, 16], _ weight: Shape = [16, 16, 3, 3],
            _ geometry: ConvolutionGeometry = ConvolutionGeometry(padding: 1)
        ) -> Bool {
            backend.convolution(
                Tensor.zeros(input), weight: .zeros(weight), geometry: geometry,
                epilogue: ConvolutionEpilogue()) != nil
        }
        #expect(isTaken())
        #expect(!isTaken([0, 8, 8, 16]))
        #expect(!isTaken([1, 8, 8, 16], [16, 16, 3, 1]))
        #expect(!isTaken([1, 8, 8, 16], [16, 16, 5, 5]))
        #expect(!isTaken([1, 8, 8, 16], [16, 8, 3, 3], ConvolutionGeometry(padding: 1, groups: 2)))
        #expect(!isTaken([1, 8, 8, 16], [16, 16, 3, 3], ConvolutionGeometry(strides: 2, padding: 1)))
        #expect(!isTaken([1, 8, 8, 16], [16, 16, 3, 3], ConvolutionGeometry(dilations: 2, padding: 2)))
        #expect(!isTaken([1, 8, 8, 16], [16, 16, 3, 3], ConvolutionGeometry(padding: 3)))
    }

    @Test func nanStaysInItsTiles() {
        var numbers = Numbers(4)
        var x = numbers.tensor([1, 24, 24, 16])
        x.withMutableScalars(as: Float.self) { $0[0] = .nan }
        let weight = numbers.tensor([16, 16, 3, 3])
        for (backend, type) in WinogradKernelTests.backends.flatMap({ [($0, DataType.float32), ($0, .bfloat16)] }) {
            let output = backend.convolution(
                x.cast(to: type), weight: weight, geometry: ConvolutionGeometry(padding: 1),
                epilogue: ConvolutionEpilogue(activation: .relu))
            let values = output?.floats ?? []
            let isRight = values.indices.allSatisfy { index in
                let (row, column) = (index / 16 / 24, index / 16 % 24)
                // The two outputs around the pixel have it; others of a tile of 4x4 may.
                if row < 2, column < 2 { return values[index].isNaN }
                return row < 4 && column < 4 || values[index].isFinite
            }
            #expect(isRight && !values.isEmpty)
        }
    }

    @Test func wrongSettingsSayWhatIsAllowed() {
        let tiles = #expect(throws: EngineError.self) {
            _ = try WinogradTiles.fromEnvironment(["NN_WINOGRAD": "quick"])
        }
        #expect(tiles?.isWrongSetting == true)
        #expect(tiles?.description.contains("'quick'; it must be one of off, accurate, fast") == true)
        let instructions = #expect(throws: EngineError.self) {
            _ = try WinogradInstructions.fromEnvironment(["NN_WINOGRAD_ISA": "mmx"])
        }
        #expect(instructions?.isWrongSetting == true)
        #expect(instructions?.description.contains("'mmx'; it must be one of portable") == true)
    }

    @Test func settingsAreRead() throws {
        #expect(try WinogradTiles.fromEnvironment([:]) == .fast)
        #expect(try WinogradTiles.fromEnvironment(["NN_WINOGRAD": "accurate"]) == .accurate)
        #expect(try WinogradInstructions.fromEnvironment(["NN_WINOGRAD_ISA": "portable"]) == .portable)
        #expect(try WinogradInstructions.fromEnvironment([:]) == WinogradInstructions.available.last)
    }
}
