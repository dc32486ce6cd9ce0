import NNLayers

/// Labels of a task with logits that predict them well and badly, for checks of losses and metrics.
///
/// Class indices are in turn; flags are 0 and 1; numbers are what the task makes of random logits.
public struct TaskLabels {
    /// The task.
    public let task: PredictionTask
    /// The number of classes or outputs.
    public let outputCount: Int
    /// None of them is ignored or unknown: `[N]` or `[N, H, W]` int32, or `[N, outputs]` float32.
    public let labels: Tensor
    /// Float32 logits that predict every label: `[N, ..., outputs]`.
    public let right: Tensor
    /// Float32 logits that predict every label wrongly.
    public let wrong: Tensor
    /// Random float32 logits.
    public let random: Tensor

    /// Labels of some samples.
    /// - Parameters:
    ///   - task: The task.
    ///   - outputCount: The number of classes or outputs.
    ///   - count: The number of samples.
    ///   - imageSize: The size of masks, for dense tasks.
    ///   - confidence: The distance of the logits from the border between right and wrong.
    public init(
        _ task: PredictionTask, outputCount: Int, count: Int, imageSize: Size = Size(height: 4, width: 5),
        confidence: Float = 4
    ) {
        self.task = task
        self.outputCount = outputCount
        let shape = Shape([count] + (task.isDense ? [imageSize.height, imageSize.width] : []))
        let logitShape = Shape(shape.dimensions + [outputCount])
        func drawn(_ seed: UInt64) -> Tensor {
            .normal(logitShape, mean: 0, standardDeviation: 1, key: RandomKey(seed: seed))
        }
        switch task.labels {
        case .classes:
            let classes = (0..<shape.elementCount).map { ($0 * 7 + $0 / 5 + 3) % outputCount }
            labels = Tensor(classes.map(Int32.init), shape: shape)
            func confident(_ offset: Int) -> Tensor {
                var values = [Float](repeating: 0, count: logitShape.elementCount)
                for (position, label) in classes.enumerated() {
                    values[position * outputCount + (label + offset) % outputCount] = confidence
                }
                return Tensor(values, shape: logitShape)
            }
            (right, wrong) = (confident(0), confident(1))
            random = drawn(0)
        case .flags:
            // Each class has positives and negatives.
            let flags = (0..<logitShape.elementCount).map { Float(($0 / outputCount + $0 % outputCount) % 2) }
            labels = Tensor(flags, shape: logitShape)
            right = (labels * 2 - 1) * confidence
            wrong = -right
            random = drawn(0)
        case .values:
            let logits = drawn(1)
            labels = task.predictions(of: logits)
            let signs = (0..<logitShape.elementCount).map { $0 % 2 == 0 ? confidence : -confidence }
            (right, wrong) = (logits, logits + Tensor(signs, shape: logitShape))
            // Not close to the labels, where absolute errors have no derivative.
            let errors = drawn(0)
            random = logits + errors + errors.sign() * 0.3
        }
    }

    /// The labels without some of them.
    /// - Parameters:
    ///   - positions: The positions of class indices, flags or numbers, in row-major order.
    ///   - ignoreIndex: What stands for an ignored class index.
    public func labels(without positions: Set<Int>, ignoreIndex: Int) -> Tensor {
        var result = labels
        if task.labels == .classes {
            result.withMutableScalars(as: Int32.self) {
                for position in positions { $0[position] = Int32(ignoreIndex) }
            }
        } else {
            result.withMutableScalars(as: Float.self) { for position in positions { $0[position] = .nan } }
        }
        return result
    }

    /// The number of logits for each label: all of a class index, one of a flag or number.
    public var logitsPerLabel: Int { task.labels == .classes ? outputCount : 1 }
}
