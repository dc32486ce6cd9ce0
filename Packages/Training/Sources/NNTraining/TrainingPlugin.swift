import NNLayers
import NNWeights

/// The components of this module: metrics and checkpoints.
public struct TrainingPlugin: Plugin {
    public let name = "training"

    public init() {}

    public func register(into registry: Registry) throws {
        try registerMetrics(into: registry)
        try registry.register(.weightFormat, "checkpoint", summary: "checkpoints of runs, to predict with") {
            CheckpointFormat()
        }
    }
}

func registerMetrics(into registry: Registry) throws {
    try registry.register(
        .metric, "top_k", summary: "Samples whose label is among the k likeliest classes", options: TopKOptions.self
    ) { options, environment in
        TopKAccuracy(k: options.k, ignoreIndex: environment.ignoreIndex)
    }
    try registry.register(.metric, "confusion_matrix", summary: "Which class is taken for which") { environment in
        ConfusionMatrix(classNames: environment.classNames, ignoreIndex: environment.ignoreIndex)
    }
    try registry.register(
        .metric, "binary", summary: "Accuracy, precision, recall, F1 and ROC AUC of two classes"
    ) { environment in
        guard environment.classNames.count == 2 else {
            throw OptionError("type", "metric 'binary' is for two classes, not \(environment.classNames.count)")
        }
        return BinaryScores(ignoreIndex: environment.ignoreIndex)
    }
    try registry.register(.metric, "segmentation", summary: "mIoU, mAcc, mDice and aAcc over areas") { environment in
        SegmentationAreas(classNames: environment.classNames, ignoreIndex: environment.ignoreIndex)
    }
}

private struct TopKOptions: ComponentOptions {
    var k = 1

    func validate() throws {
        if k < 1 { throw OptionError("k", "must be 1 or more, not \(k)") }
    }
}
