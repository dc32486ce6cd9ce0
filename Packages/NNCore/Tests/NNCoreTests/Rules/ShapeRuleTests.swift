@testable import NNCore
import Testing

/// Settings and shapes without meaning, which every shape rule refuses: so a trace, and `nn config check`, says so
/// before anything is calculated.
@Suite struct ShapeRuleTests {
    /// A calculation on a float32 image `[1, 5, 5, 3]` that must be refused.
    struct Refusal: Sendable, CustomTestStringConvertible {
        let name: String
        let body: @Sendable (Tensor) -> Void

        init(_ name: String, _ body: @escaping @Sendable (Tensor) -> Void) {
            self.name = name
            self.body = body
        }

        var testDescription: String { name }
    }

    /// A weight of which only the shape is known.
    private static func weight(_ shape: Shape) -> Tensor { Tensor(placeholder: TensorSpecification(shape: shape)) }

    private static func labels(_ shape: Shape) -> Tensor {
        Tensor(placeholder: TensorSpecification(shape: shape, dataType: .int32))
    }

    /// Lengths that no stride, dilation or kernel can have.
    private static let lengths = [0, -1, -3, 1 << 31, 1 << 62, Int.max, Int.min]
    /// Lengths that no padding can have.
    private static let paddings = [-1, 1 << 31, 1 << 62, Int.max, Int.min]

    private static let convolutions: [Refusal] = {
        var list: [Refusal] = []
        for length in lengths {
            list.refuse("conv strides \(length)") {
                _ = $0.convolved(weight: weight([4, 3, 3, 3]), strides: Size(length))
            }
            list.refuse("conv strides \(length), same") {
                _ = $0.convolved(weight: weight([4, 3, 3, 3]), strides: Size(height: 1, width: length), padding: .same)
            }
            list.refuse("conv dilations \(length)") {
                _ = $0.convolved(weight: weight([4, 3, 3, 3]), padding: .same, dilations: Size(length))
            }
            list.refuse("conv kernel \(length)") {
                _ = $0.convolved(weight: weight([4, 3, length, 1]), padding: .same)
            }
            // 2^31 output channels are many, but may be.
            if length != 1 << 31 {
                list.refuse("conv outputs \(length)") { _ = $0.convolved(weight: weight([length, 3, 1, 1])) }
            }
            list.refuse("conv groups \(length)") { _ = $0.convolved(weight: weight([4, 3, 3, 3]), groups: length) }
            list.refuse("transposed strides \(length)") {
                _ = $0.convolutionTransposed(weight: weight([3, 4, 3, 3]), strides: Size(length))
            }
            list.refuse("transposed dilations \(length)") {
                _ = $0.convolutionTransposed(weight: weight([3, 4, 3, 3]), dilations: Size(length))
            }
            list.refuse("transposed kernel \(length)") {
                _ = $0.convolutionTransposed(weight: weight([3, 4, 1, length]))
            }
            list.refuse("transposed groups \(length)") {
                _ = $0.convolutionTransposed(weight: weight([3, 4, 3, 3]), groups: length)
            }
            list.refuse("transposed outputPadding \(length == 0 ? 2 : length)") {
                _ = $0.convolutionTransposed(
                    weight: weight([3, 4, 3, 3]), strides: 2, outputPadding: Size(length == 0 ? 2 : length))
            }
        }
        for padding in paddings {
            list.refuse("conv padding \(padding)") {
                _ = $0.convolved(weight: weight([4, 3, 3, 3]), padding: .explicit(EdgeInsets(padding)))
            }
            list.refuse("transposed padding \(padding)") {
                _ = $0.convolutionTransposed(weight: weight([3, 4, 3, 3]), padding: EdgeInsets(padding))
            }
            list.refuse("maxPool padding \(padding)") { _ = $0.maxPooled(kernel: 3, padding: EdgeInsets(padding)) }
            list.refuse("averagePool padding \(padding)") {
                _ = $0.averagePooled(kernel: 3, padding: EdgeInsets(padding))
            }
            list.refuse("pad \(padding)") {
                _ = $0.padded([(0, 0), (padding < 0 ? 0 : 1 << 62, padding), (0, 0), (0, 0)])
            }
        }
        return list
    }()

    private static let images: [Refusal] = {
        var list: [Refusal] = []
        for length in lengths {
            list.refuse("maxPool kernel \(length)") { _ = $0.maxPooled(kernel: Size(length)) }
            list.refuse("maxPool strides \(length)") { _ = $0.maxPooledWithIndices(kernel: 2, strides: Size(length)) }
            list.refuse("maxPool dilations \(length)") { _ = $0.maxPooled(kernel: 2, dilations: Size(length)) }
            list.refuse("averagePool kernel \(length)") { _ = $0.averagePooled(kernel: Size(length)) }
            list.refuse("averagePool strides \(length)") {
                _ = $0.averagePooled(kernel: 2, strides: Size(length), ceilMode: true)
            }
            list.refuse("adaptive \(length)") { _ = $0.adaptivelyAveragePooled(to: Size(length)) }
            list.refuse("resize \(length)") { _ = $0.resized(to: Size(length), method: .nearest) }
            list.refuse("resize bilinear \(length)") {
                _ = $0.resized(to: Size(height: 1, width: length), method: .bilinear())
            }
            list.refuse("unpool \(length)") {
                _ = $0.maxUnpooled(indices: labels([1, 5, 5, 3]), outputSize: Size(length))
            }
        }
        list.refuse("maxPool padding of more than half of the window") {
            _ = $0.maxPooled(kernel: 2, strides: 1, padding: 3, dilations: 3)
        }
        list.refuse("maxPool beside the only pixel") {
            _ = $0[0..., 0..<1, 0..<1].maxPooled(kernel: 2, strides: 1, padding: 2, dilations: 3)
        }
        list.refuse("maxPool without a pixel") {
            _ = $0.slice(axis: 1, range: 0..<1).maxPooled(kernel: 2, padding: 1, dilations: 2)
        }
        list.refuse("unpool of more than int32 counts") {
            _ = $0.maxUnpooled(indices: labels([1, 5, 5, 3]), outputSize: Size(1 << 20))
        }
        return list
    }()

    private static let others: [Refusal] = {
        var list: [Refusal] = []
        list.refuse("broadcast to a negative length") { _ = $0.sum().broadcast(to: [-3]) }
        list.refuse("two free lengths") { _ = $0.sum().reshaped([-1, -1]) }
        list.refuse("two free lengths of nothing") { _ = $0[0..<0].reshaped([-1, -1]) }
        list.refuse("reshape to an uncountable shape") { _ = $0.reshaped([1 << 40, 1 << 40]) }
        list.refuse("an axis twice") { _ = $0.sum(axes: [0, 0]) }
        list.refuse("an axis twice, from the end") { _ = $0.mean(axes: [1, -3]) }
        list.refuse("nine dimensions") { _ = $0.reshaped([1, 1, 1, 1, 1, 1, 5, 5, 3]) }
        list.refuse("nine dimensions by broadcasting") { _ = $0.broadcast(to: [1, 1, 1, 1, 1, 1, 5, 5, 3]) }
        list.refuse("nine dimensions by indices") { _ = $0.gathered(indices: labels([1, 1, 1, 1, 1, 1]), axis: 1) }
        list.refuse("more than any memory") { _ = $0.sum().broadcast(to: [1 << 30, 1 << 30]) }
        list.refuse("more than any memory, times nothing") { _ = $0.sum().broadcast(to: [1 << 62, 1 << 62, 0]) }
        list.refuse("sizes that overflow") { _ = $0.split(sizes: [.max, .max, 7], axis: 1) }
        list.refuse("a slice beyond") { _ = $0.slice(axis: 1, range: 0..<Int.max, step: 2) }
        list.refuse("the last index of all") { _ = $0[Int.max] }
        list.refuse("the first index of all") { _ = $0[Int.min] }
        list.refuse("a range to the last number") { _ = $0[0...Int.max] }
        list.refuse("a range through the last number") { _ = $0[...Int.max] }
        list.refuse("a step of 0") { _ = $0.slice(axis: 1, range: 0..<2, step: 0) }
        list.refuse("axis \(Int.min)") { _ = $0.softmax(axis: .min) }
        list.refuse("top \(Int.max)") { _ = $0.topK(.max) }
        list.refuse("a padding that uint8 has not") {
            _ = $0.isGreater(than: 0).padded([(1, 1), (0, 0), (0, 0), (0, 0)], value: 300)
        }
        list.refuse("a padding that is no number") {
            _ = $0.isGreater(than: 0).padded([(1, 1), (0, 0), (0, 0), (0, 0)], value: .nan)
        }
        list.refuse("layer norm by a scalar") { _ = $0.layerNormalized(scale: weight([])) }
        list.refuse("an ignored label beyond int32") {
            _ = $0.softmaxCrossEntropy(labels: labels([1, 5, 5]), ignoreIndex: 1 << 31)
        }
        list.refuse("an ignored label beyond int32, areas") {
            _ = $0.softmaxAreas(labels: labels([1, 5, 5]), ignoreIndex: .min)
        }
        list.refuse("no more than a negative number") {
            _ = $0.hardLabels(labels([1, 5, 5]), threshold: 0.5, minimumCount: -1, replacement: 9)
        }
        for number in [-1, -100, Float.nan, .infinity] {
            list.refuse("batch norm epsilon \(number)") {
                _ = $0.batchNormalized(
                    scale: weight([3]), offset: weight([3]), statistics: .batch, epsilon: number)
            }
            list.refuse("layer norm epsilon \(number)") { _ = $0.layerNormalized(scale: weight([3]), epsilon: number) }
            list.refuse("focal gamma \(number)") { _ = $0.softmaxFocalLoss(labels: labels([1, 5, 5]), gamma: number) }
            list.refuse("label smoothing \(number)") {
                _ = $0.softmaxCrossEntropy(labels: labels([1, 5, 5]), labelSmoothing: number)
            }
            list.refuse("hard labels threshold \(number)") {
                _ = $0.hardLabels(labels([1, 5, 5]), threshold: number, minimumCount: 0, replacement: 9)
            }
        }
        return list
    }()

    @Test(arguments: convolutions + images + others)
    func refuses(_ refusal: Refusal) {
        let trace = Trace()
        refusal.body(trace.input(TensorSpecification(shape: [1, 5, 5, 3])))
        #expect(trace.failure != nil)
    }

    @Test func refusesImagesWithoutPixels() {
        for shape: Shape in [[1, 0, 5, 3], [1, 5, 0, 3], [1 << 40, 1 << 40, 1, 3], [1, 5, 5, -3]] {
            let image = TensorSpecification(shape: shape)
            #expect(
                refusal(of: image) { _ = $0[0].convolved(weight: Self.weight([4, 3, 1, 1]), padding: .same) } != nil)
            #expect(refusal(of: image) { _ = $0[0].convolutionTransposed(weight: Self.weight([3, 4, 1, 1])) } != nil)
            #expect(refusal(of: image) { _ = $0[0].globalAveragePooled() } != nil)
            #expect(refusal(of: image) { _ = $0[0].maxPooled(kernel: 1) } != nil)
        }
    }

    @Test func publicSizesOfGeometriesWithoutMeaningAreEmpty() {
        for length in Self.lengths {
            let geometry = ConvolutionGeometry(strides: Size(length))
            #expect(geometry.outputSize(input: 5, kernel: 3) == 0)
            #expect(geometry.transposedOutputSize(input: 5, kernel: 3, outputPadding: 0) == 0)
            #expect(ConvolutionGeometry().outputSize(input: 5, kernel: Size(length)) == 0)
            #expect(ConvolutionGeometry().outputSize(input: Size(length), kernel: 3) == 0)
            let insets = Padding.same.insets(input: 5, kernel: 3, strides: Size(length), dilations: 1)
            #expect(insets == 0)
        }
    }

    /// A maximum pooling in which the dilation is larger than the image still meets a pixel in every window.
    @Test func takesDilatedWindowsThatMeetPixels() {
        let image = countingTensor([1, 2, 2, 1])
        let result = image.maxPooled(kernel: 3, strides: 1, padding: 1, dilations: 1)
        #expect(result.shape == [1, 2, 2, 1])
        let (values, indices) = countingTensor([1, 1, 1, 1]).maxPooledWithIndices(kernel: 3, padding: 1, dilations: 1)
        #expect(values.floats == [0] && indices.scalars(as: Int32.self) == [0])
    }
}

extension [ShapeRuleTests.Refusal] {
    fileprivate mutating func refuse(_ name: String, _ body: @escaping @Sendable (Tensor) -> Void) {
        append(ShapeRuleTests.Refusal(name, body))
    }
}
