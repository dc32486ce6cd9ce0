import Foundation
import NNCore
import Synchronization

extension BackendConformance {
    /// Kinds of convolutions that most backends have separate code for.
    private static func samples(_ dataType: DataType) -> [ConvolutionCase] {
        let uneven = EdgeInsets(top: 2, bottom: 1, left: 0, right: 3)
        return [
            ConvolutionCase(Size(height: 7, width: 8), 5, 18, 3, padding: 1),
            ConvolutionCase(Size(height: 6, width: 5), 16, 16, 1),
            ConvolutionCase(Size(height: 9, width: 8), 3, 7, 3, stride: 2, dilation: 2, padding: uneven),
            ConvolutionCase(Size(height: 8, width: 7), 20, 20, 3, padding: 1, groups: 20),
            ConvolutionCase(Size(height: 6, width: 7), 6, 9, 3, padding: 1, groups: 3),
        ].map { $0.with(dataType) }
    }

    /// Weights and biases that are written to between two calls, or that share their memory with others.
    mutating func changedParameters() {
        for dataType in [DataType.float32, .bfloat16] {
            for testCase in Self.samples(dataType) where isGoing {
                let values = ConvolutionValues(testCase)
                for remark in ["", ", after the weight and the bias were changed in place"] {
                    if !remark.isEmpty { values.changeParameters() }
                    hold(values.output(hasBias: true, remark))
                    hold(values.inputGradient(remark))
                }
                // The other type and order of the same weight, whose packed forms lie in one place.
                let other = ConvolutionValues(testCase.with(dataType == .float32 ? .bfloat16 : .float32))
                other.weight = values.weight
                hold(other.output(", the weight of \(testCase.dataType) images"))
                hold(other.inputGradient(", the weight of \(testCase.dataType) images"))
            }
            var values = ProductValues(
                MatrixProduct(rows: 9, columns: 18, inner: 33, transposesRight: true, dataType: dataType), dataType,
                dataType, seed: 0)
            hold(values.call(hasBias: true))
            values.changeInPlace()
            hold(values.call(hasBias: true, ", after the right operand and the bias were changed in place"))
            // A reshaped weight lies in the same memory, and so do the forms that are packed of it.
            let plain = ConvolutionValues(
                ConvolutionCase(Size(height: 6, width: 7), 6, 12, 3, padding: 1).with(dataType))
            let grouped = ConvolutionValues(
                ConvolutionCase(Size(height: 6, width: 7), 6, 24, 3, padding: 1, groups: 2).with(dataType))
            grouped.weight = plain.weight.reshaped(grouped.testCase.weightShape)
            for values in [plain, grouped] {
                hold(values.output(", a weight in the memory of another"))
                hold(values.inputGradient(", a weight in the memory of another"))
            }
        }
    }

    /// NaN and infinity arrive where a plain loop has them, and nowhere else.
    mutating func specialNumbers() {
        for dataType in [DataType.float32, .bfloat16] {
            for testCase in Self.samples(dataType) {
                for number in [Float.nan, .infinity, -.infinity] where isGoing {
                    let values = ConvolutionValues(testCase)
                    values.input.replaceElement(values.input.elementCount / 2, by: number)
                    hold(values.output(", \(number) in the input"))
                    hold(values.output(hasBias: true, activation: .relu, ", \(number) in the input"))
                    hold(values.weightGradient(", \(number) in the input"))
                    // Of the gradient by the weight nothing is asked here: zeros of the padding times NaN are NaN.
                    values.gradient.replaceElement(values.gradient.elementCount / 2, by: number)
                    hold(values.inputGradient(", \(number) in the gradient"))
                }
            }
            // What a smooth function of infinity is, its formula does not say.
            for activation in ReferenceActivation.all where isGoing {
                let values = ConvolutionValues(Self.samples(dataType)[0])
                values.residual.replaceElement(values.residual.elementCount / 2, by: .nan)
                values.bias.replaceElement(3, by: .nan)
                hold(values.output(hasResidual: true, activation: activation, ", NaN in the residual"))
                hold(values.output(hasBias: true, activation: activation, ", NaN in the bias"))
            }
            for number in [Float.nan, .infinity] {
                var values = ProductValues(
                    MatrixProduct(batch: 2, rows: 5, columns: 18, inner: 9, dataType: dataType), dataType, dataType,
                    seed: 1)
                values.left.replaceElement(values.left.elementCount / 2, by: number)
                hold(values.call(hasBias: false, ", \(number) in the left operand"))
                values.right.replaceElement(values.right.elementCount / 2, by: number)
                hold(values.call(hasBias: true, ", \(number) in both operands"))
            }
        }
    }

    /// The same calls with one, two and three threads, then by two callers at once.
    mutating func threads() {
        let sizes = [
            ConvolutionCase(Size(height: 19, width: 23), 9, 17, 3, padding: 1, images: 3),
            ConvolutionCase(Size(height: 17, width: 15), 18, 18, 3, stride: 2, padding: 1, groups: 18, images: 3),
            ConvolutionCase(Size(height: 13, width: 11), 24, 20, 1),
        ]
        for dataType in [DataType.float32, .bfloat16] {
            for testCase in sizes where isGoing {
                let values = ConvolutionValues(testCase.with(dataType))
                for count in 1...3 {
                    Engine.withThreads(count) {
                        let remark = ", \(count) threads"
                        hold(values.output(hasBias: true, hasResidual: true, activation: .relu, remark))
                        hold(values.inputGradient(remark))
                        hold(values.weightGradient(remark))
                    }
                }
            }
            let product = ProductValues(
                MatrixProduct(batch: 2, rows: 70, columns: 35, inner: 40, dataType: dataType), dataType, dataType,
                seed: 2)
            for count in 1...3 {
                Engine.withThreads(count) { hold(product.call(hasBias: true, ", \(count) threads")) }
            }
            twoCallers(dataType)
        }
    }

    /// Two threads at once, each with other calls, on weights that none has packed before.
    private mutating func twoCallers(_ dataType: DataType) {
        guard isGoing else { return }
        let remark = ", two callers at once"
        var calls: [BackendCall] = []
        for values in Self.samples(dataType).map({ ConvolutionValues($0) }) {
            calls.append(values.output(hasBias: true, hasResidual: true, activation: .relu, remark))
            calls.append(values.inputGradient(remark))
            calls.append(values.weightGradient(remark))
        }
        let product = MatrixProduct(rows: 21, columns: 18, inner: 33, dataType: dataType)
        calls.append(ProductValues(product, dataType, dataType, seed: 3).call(hasBias: true, remark))
        let makes = calls.map(\.make)
        hold(calls) { backend in
            let results = ResultsOfThreads()
            let threads = (0..<2).map { thread in
                Thread {
                    for turn in 0..<3 * makes.count {
                        let call = (turn + thread) % makes.count
                        let result = makes[call](backend)
                        results.list.withLock { $0.append((call, result)) }
                    }
                    results.areComplete.signal()
                }
            }
            for thread in threads { thread.start() }
            for _ in threads { results.areComplete.wait() }
            return results.list.withLock { $0 }
        }
    }
}

private final class ResultsOfThreads: Sendable {
    let list = Mutex<[(call: Int, result: Tensor?)]>([])
    let areComplete = DispatchSemaphore(value: 0)
}
