import NNLayers

/// Registers the components of this module: metrics.
public struct InferencePlugin: Plugin {
    /// `inference`
    public let name = "inference"

    /// The plugin has no options.
    public init() {}

    /// Registers the metrics.
    public func register(into registry: Registry) throws {
        try registry.register(
            .metric, "top_k", summary: "fraction of samples whose label is among the k most likely classes",
            TopKAccuracy.Options.self)
        try registry.register(
            .metric, "error", summary: "100 - top-1 accuracy in percent, as papers print it", ErrorRate.Options.self)
        try registry.register(
            .metric, "classification",
            summary: "precision, recall and F1 (macro and weighted), balanced accuracy, error and calibration error"
        ) {
            ClassificationScores(classNames: $0.classNames, ignoreIndex: $0.ignoreIndex)
        }
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
        try registry.register(
            .metric, "multi_label", summary: "mAP, F1, precision, recall and exact match of several classes"
        ) {
            MultiLabelScores(classNames: $0.classNames, thresholds: $0.thresholds)
        }
        try registry.register(.metric, "regression", summary: "MAE, RMSE and R2 of numbers") {
            RegressionErrors(names: $0.classNames)
        }
        try registry.register(.metric, "segmentation", summary: "mIoU, mAcc, mDice and aAcc of all pixels") {
            SegmentationAreas(classNames: $0.classNames, ignoreIndex: $0.ignoreIndex)
        }
    }
}
