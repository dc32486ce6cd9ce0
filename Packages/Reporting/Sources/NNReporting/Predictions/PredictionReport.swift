@_spi(Internal) import NNDatasets
@_spi(Internal) import NNInference
import NNLayers
@_spi(Internal) import NNTraining

/// The parts of a page that show the predictions of a run, sample by sample.
struct PredictionReport {
    /// The samples that were predicted.
    let split: Split
    /// The scores of these samples.
    let evaluation: EvaluationResult
    /// What else a reader must know: what differs from training, and what was left out.
    let notices: [String]
    /// The parts, from the scores of each class to the single images.
    let sections: [ReportSection]

    /// Predicts the samples of a split, batch by batch as an evaluation, and shows some of them.
    /// - Parameters:
    ///   - run: The run with its checkpoint.
    ///   - experiment: What its configuration names, with the data.
    ///   - split: The split; nil for validation, or training where there is none.
    ///   - didFinishBatch: Called with the number of finished batches and that of all.
    /// - Throws: What opening or reading the data throws, `CheckpointError` for data that does not fit the run.
    init(
        _ run: TrainedRun, of experiment: Experiment, split: Split? = nil,
        didFinishBatch: (_ done: Int, _ count: Int) throws -> Void = { _, _ in }
    ) throws {
        let split = split ?? (experiment.hasValidation ? .validation : .train)
        var notices = try run.check(experiment, split: split, for: .evaluation).map(\.description)
        let data = try experiment.dataset(split, keepsSamples: false)
        let network = try experiment.makeNetwork(pretrained: false)
        try run.checkpoint.load(into: network)
        let loader = try experiment.makeLoader(split, keepsSamples: false)
        let source = PredictionSource(
            network: network, task: experiment.source.task, dataset: data, loader: loader, split: split,
            precision: run.config.precision, thresholds: run.checkpoint.information.data.thresholds)
        (sections, evaluation) = try source.sections { try didFinishBatch($0, loader.count) }
        let skipped = loader.skipped
        if let first = skipped.first {
            let reason =
                "\(Wording.images(skipped.count)) could not be used and \(skipped.count == 1 ? "was" : "were") "
                + "left out, such as \(data.files(at: first.index).first ?? "sample \(first.index)"): \(first.reason)"
            notices.append(reason)
        }
        self.split = split
        self.notices = notices
    }
}

/// A network with the samples that it predicts.
struct PredictionSource {
    let network: any Layer
    let task: PredictionTask
    let dataset: any Dataset
    let loader: DataLoader
    let split: Split
    var precision = Precision.float32
    /// The probability above which each class of multi-label data is predicted; nil for 0.5.
    var thresholds: [Float]?

    /// Predicts all samples.
    func sections(didFinishBatch: (Int) throws -> Void = { _ in }) throws -> ([ReportSection], EvaluationResult) {
        switch (task.labels, task.isDense) {
        case (.classes, false): try classification(didFinishBatch)
        case (.classes, true): try segmentation(didFinishBatch)
        case (.flags, false): try multiLabel(didFinishBatch)
        case (.values, false): try regression(didFinishBatch)
        case (_, true): try others(didFinishBatch)
        }
    }

    private typealias Progress = (Int) throws -> Void

    private func evaluate(
        _ metrics: [any Metric], confusion: ConfusionMatrix? = nil, _ progress: Progress,
        _ add: (EvaluatedSamples) throws -> Void
    ) throws -> EvaluationResult {
        let evaluator = Evaluator(network, metrics: metrics, confusion: confusion, precision: precision, task: task)
        return try evaluator.evaluate(loader, didPredict: add, didFinishBatch: progress)
    }

    private func classification(_ progress: Progress) throws -> ([ReportSection], EvaluationResult) {
        var samples = ClassifiedSamples(classNames: dataset.classNames)
        let metric = ClassificationScores(classNames: dataset.classNames, ignoreIndex: dataset.ignoreIndex)
        let result = try evaluate([metric], progress) { samples.add($0, ignoring: dataset.ignoreIndex) }
        let sections = ClassificationSections(
            predictions: samples, thumbnails: Thumbnails(dataset: dataset), split: split)
        return (sections.sections, result)
    }

    private func segmentation(_ progress: Progress) throws -> ([ReportSection], EvaluationResult) {
        let (names, ignored) = (dataset.classNames, dataset.ignoreIndex)
        var samples = SegmentedSamples(classNames: names, ignoreIndex: ignored)
        let confusion = ConfusionMatrix(classNames: names, ignoreIndex: ignored)
        let metric = SegmentationAreas(classNames: names, ignoreIndex: ignored)
        let result = try evaluate([metric], confusion: confusion, progress) { samples.add($0) }
        samples.finish()
        let sections = SegmentationSections(
            samples: samples, confusion: result.confusion ?? confusion, scores: result.scores,
            colors: dataset.classColors, dataset: dataset, split: split)
        return (sections.sections, result)
    }

    private func multiLabel(_ progress: Progress) throws -> ([ReportSection], EvaluationResult) {
        var scores = MultiLabelScores(classNames: dataset.classNames, thresholds: thresholds)
        let (samples, counted) = try vectors(progress) { scores.update($0, labels: $1) }
        guard let samples else { return (unknownForm, counted) }
        var result = counted
        (result.scores, result.tables) = (scores.values, [scores.table].compactMap { $0 })
        let sections = MultiLabelSections(
            samples: samples, scores: scores, thumbnails: Thumbnails(dataset: dataset), split: split)
        return (sections.sections, result)
    }

    private func regression(_ progress: Progress) throws -> ([ReportSection], EvaluationResult) {
        var errors = RegressionErrors(names: dataset.classNames)
        let (samples, counted) = try vectors(progress) { errors.update($0, labels: $1) }
        guard let samples else { return (unknownForm, counted) }
        var result = counted
        (result.scores, result.tables) = (errors.values, [errors.table].compactMap { $0 })
        let sections = ValueSections(
            samples: samples, table: errors.table, thumbnails: Thumbnails(dataset: dataset), split: split)
        return (sections.sections, result)
    }

    /// Predicts a number for each name and sample.
    /// - Parameter update: Counts a batch in a metric.
    /// - Returns: No samples where their labels have another form.
    private func vectors(
        _ progress: Progress, update: (Predictions, Tensor) -> Void
    ) throws -> (samples: ValuedSamples?, result: EvaluationResult) {
        var samples = ValuedSamples(task: task, names: dataset.classNames, sampleCount: dataset.count)
        var fits = true
        let result = try evaluate([], progress) { batch in
            fits = fits && hasVector(batch)
            guard fits else { return }
            samples.add(batch)
            update(Predictions(logits: batch.logits, task: task), batch.labels)
        }
        return (fits ? samples : nil, result)
    }

    /// Whether each sample has one number for each name; tasks of plugins may have others.
    private func hasVector(_ batch: EvaluatedSamples) -> Bool {
        let shape: Shape = [batch.indices.count, dataset.classNames.count]
        return batch.logits.shape == shape && batch.labels.shape == shape
    }

    /// Tasks of plugins with other numbers than a vector for each image.
    private func others(_ progress: Progress) throws -> ([ReportSection], EvaluationResult) {
        (unknownForm, try evaluate([], progress) { _ in })
    }

    private var unknownForm: [ReportSection] {
        let text =
            "Predictions of the task \(task.rawValue) are not shown: it has other labels than a class, flags or "
            + "numbers for each image, or a class for each pixel."
        return [ReportSection(anchor: "predictions", title: "Predictions", body: HTML("p", [:], text: text))]
    }
}
