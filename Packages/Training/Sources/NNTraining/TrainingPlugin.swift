import NNLayers
import NNWeights

/// Registers the components of this module: metrics, and checkpoints as a format of weights.
public struct TrainingPlugin: Plugin {
    /// `training`
    public let name = "training"

    /// The plugin has no options.
    public init() {}

    /// Registers the metrics and the checkpoint format.
    public func register(into registry: Registry) throws {
        try registry.register(
            .metric, "top_k", summary: "fraction of samples whose label is among the k most likely classes",
            TopKAccuracy.Options.self)
        try registry.register(.metric, "confusion_matrix", summary: "how often each class is predicted for each") {
            ConfusionMatrix(classNames: $0.classNames, ignoreIndex: $0.ignoreIndex)
        }
        try registry.register(.metric, "binary", summary: "accuracy, precision, recall, F1 and ROC AUC of two classes")
        {
            guard $0.classNames.count == 2 else {
                throw OptionError("type", "metric 'binary' is for two classes, not \($0.classNames.count)")
            }
            return BinaryScores(ignoreIndex: $0.ignoreIndex)
        }
        try registry.register(.metric, "segmentation", summary: "mIoU, mAcc, mDice and aAcc of all pixels") {
            SegmentationAreas(classNames: $0.classNames, ignoreIndex: $0.ignoreIndex)
        }
        try registry.register(.weightFormat, "checkpoint", summary: "checkpoints of runs, to predict with") {
            CheckpointFormat()
        }
    }
}
