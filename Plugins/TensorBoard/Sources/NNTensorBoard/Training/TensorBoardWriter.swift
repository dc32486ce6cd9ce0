import Foundation
import NNDatasets
import NNInference
import NNLayers
@_spi(Internal) import NNTraining

/// Writes what happens in training to event files of TensorBoard.
///
/// ```swift
/// trainer.callbacks.append(TensorBoardWriter(folder: URL(filePath: "boards/first")))
/// ```
///
/// In a configuration it is the callback `tensorboard`, which writes to the folder `tensorboard` of the run.
///
/// | tag | what | when |
/// |---|---|---|
/// | `step/...` | the loss, the learning rate, the norm of the gradients, images a second, seconds of waiting for data | every `logInterval` steps |
/// | `train/...`, `validation/...` | the scores | after each evaluation |
/// | `evaluation/...` | the epoch, seconds, images a second | after each evaluation |
/// | `weights/...` | the distribution of each parameter | at the start, and every `histograms` evaluations |
/// | `gradients/...` | that of its gradient | in the step that follows |
/// | `batch/...` | training images as they are augmented | at the start |
/// | `predictions` | the sheet of predictions in the run folder | where it is drawn anew |
/// | `run/...` | the configuration and the machine | at the start, and where training is resumed |
///
/// The table of hyperparameters has all keys of the configuration and the scores.
///
/// A resumed run continues where its checkpoint is: the points that a killed process wrote after it are removed from the
/// files, so that none is there twice. With another number of processes, which counts other steps, these are those after the
/// step that training continues from, also of earlier epochs.
///
/// A folder that cannot be written to is an error before training begins. Later trouble, as of a full disk, is a warning, and
/// training goes on.
public final class TensorBoardWriter: TrainingCallback {
    /// The file of the running training, for a program's own events; nil before and after it.
    public private(set) var file: EventFile?

    let place: Place
    private let histograms: Int
    let images: Int
    private let logInterval: Int?
    private let configuration: ConfigNode?

    private var hyperparameters = Hyperparameters([:])
    private var parameters: [(name: String, parameter: Parameter)] = []
    private var history = EventHistory()
    private var sheet: PredictionFile?
    private var hasExperiment = false
    private var hasFailed = false

    /// Where event files are written.
    enum Place {
        /// This folder, which is for one run.
        case folder(URL)
        /// A folder for each run below this one, or in the folder of the run itself.
        case runs(URL?)
    }

    /// Writes to a folder of one run.
    /// - Parameters:
    ///   - folder: The folder, which is made if necessary. Training that begins anew refuses one with event files.
    ///   - histograms: After how many evaluations the distributions of weights and gradients are written; 1 by default, and 0
    ///     for never.
    ///   - images: How many training images are shown as they are augmented; 8 by default.
    ///   - logInterval: Of which steps numbers are written; nil, the default, for that of `TrainingOptions`.
    ///   - configuration: The hyperparameters; nil, the default, for the configuration of the run folder, or else the
    ///     settings of the trainer.
    public convenience init(
        folder: URL, histograms: Int = 1, images: Int = 8, logInterval: Int? = nil, configuration: ConfigNode? = nil
    ) {
        self.init(
            .folder(folder), histograms: histograms, images: images, logInterval: logInterval,
            configuration: configuration)
    }

    init(_ place: Place, histograms: Int, images: Int, logInterval: Int?, configuration: ConfigNode? = nil) {
        requireOptions("TensorBoardWriter") {
            try Options.check(histograms: histograms, images: images, logInterval: logInterval)
        }
        self.place = place
        self.histograms = histograms
        self.images = images
        self.logInterval = logInterval
        self.configuration = configuration
    }

    public func didStart(_ trainer: Trainer) throws {
        guard let folder = try folder(of: trainer) else { return }
        let progress = trainer.progress
        var history = EventHistory()
        let isFirst = folder.fileNames.isEmpty
        try folder.cut { history.keeps($0, of: progress) }
        let file = try EventFile(folder, startingAt: isFirst ? nil : progress.step > 0 ? progress.step + 1 : 0)
        (self.file, self.history, hasExperiment, hasFailed) = (file, history, false, false)
        parameters = ModuleTree(trainer.network).parameters
        sheet = trainer.run.map { PredictionFile($0.file("predictions.png")) }
        let configuration = try configuration ?? Self.configuration(of: trainer)
        hyperparameters = Hyperparameters(configuration)
        try file.add([hyperparameters.start()], step: 0)
        try file.add(
            [
                .text("```yaml\n\(YAMLWriter.write(configuration))```", "run/configuration"),
                .text(RunMachine().text, "run/machine"),
            ], step: progress.step)
        if !progress.scores.isEmpty { try addExperiment(progress.scores) }
        if !history.hasValues {
            for value in firstImages(of: trainer) { try file.add([value], step: progress.step) }
            if histograms > 0 { try file.add(weights(), step: progress.step) }
        }
    }

    public func didCompute(_ gradients: Gradients, batchCount: Int, of trainer: Trainer) {
        let progress = trainer.progress
        guard file != nil, progress.step == progress.evaluatedStep, areHistogramsDue else { return }
        let scale = Float(1) / Float(batchCount)
        add(to: trainer, step: progress.step + 1) {
            parameters.compactMap { name, parameter in
                parameter.gradient(in: gradients).map {
                    .histogram(ValueHistogram(batchCount > 1 ? $0 * scale : $0), "gradients/\(name)")
                }
            }
        }
    }

    public func didFinishStep(_ step: StepRecord, of trainer: Trainer) {
        guard file != nil, step.step.isMultiple(of: logInterval ?? trainer.options.logInterval) else { return }
        add(to: trainer, step: step.step) {
            var values: [Tensorboard_Summary.Value] = [
                .scalar(step.loss, "step/loss"), .scalar(step.learningRate, "step/learning_rate"),
                .scalar(step.time.samplesPerSecond, "step/images_per_second"),
                .scalar(step.time.waitingForData, "step/data_wait_seconds"),
            ]
            if let norm = step.gradientNorm { values.append(.scalar(norm, "step/gradient_norm")) }
            return values
        }
    }

    public func didFinishEpoch(_ epoch: EpochRecord, of trainer: Trainer) {
        guard file != nil else { return }
        history.evaluationCount += 1
        add(to: trainer, step: epoch.step) {
            if !hasExperiment { try addExperiment(epoch.scores) }
            var values = epoch.scores.map { Tensorboard_Summary.Value.scalar($0.value, Self.tag(of: $0)) }
            values.append(.scalar(Double(epoch.epoch), EventHistory.evaluationTag))
            values.append(.scalar(epoch.evaluationSeconds, "evaluation/seconds"))
            values.append(.scalar(epoch.trainingTime.samplesPerSecond, "evaluation/images_per_second"))
            if areHistogramsDue { values += weights() }
            return values + predictions(step: epoch.step)
        }
    }

    public func didEnd(_ summary: TrainingSummary, of trainer: Trainer) {
        guard let file else { return }
        add(to: trainer, step: summary.progress.step) { predictions(step: summary.progress.step) }
        if !summary.ending.isPause {
            add(to: trainer, step: 0) { [try Hyperparameters.end()] }
        }
        try? file.close()
        self.file = nil
    }

    /// Adds the values that `make` makes, if any; that they cannot be written is no reason to end training.
    private func add(
        to trainer: Trainer, step: Int, _ make: () throws -> [Tensorboard_Summary.Value]
    ) {
        guard let file else { return }
        do {
            let values = try make()
            if !values.isEmpty { try file.add(values, step: step) }
            if !values.isEmpty { hasFailed = false }
        } catch {
            // Once, and again where it could be written in between.
            if !hasFailed {
                trainer.warn("\(error); TensorBoard shows what is missing once there is room, and training goes on")
            }
            hasFailed = true
        }
    }

    private func addExperiment(_ scores: [MetricValue]) throws {
        hasExperiment = true
        try file?.add([hyperparameters.experiment(scores: scores.map(Self.tag))], step: 0)
    }

    /// `validation/top1`
    private static func tag(of score: MetricValue) -> String {
        score.split.map { "\($0.rawValue)/\(score.metric)" } ?? score.metric
    }

    private var areHistogramsDue: Bool { histograms > 0 && history.evaluationCount.isMultiple(of: histograms) }

    private func weights() -> [Tensorboard_Summary.Value] {
        parameters.map { .histogram(ValueHistogram($0.parameter.value), "weights/\($0.name)") }
    }

    private func predictions(step: Int) -> [Tensorboard_Summary.Value] {
        // That of an earlier process may be of this step.
        guard history.predictionStep != step, let png = sheet?.changedContent() else { return [] }
        history.predictionStep = step
        return [.image(png: png, "predictions")]
    }
}
