import Foundation
import NNDatasets
@_spi(Internal) import NNInference
import NNLayers
import NNOptimizers

/// Everything that is needed to resume a run or to predict with its network, in one safetensors file.
///
/// The network's tensors have their PyTorch names, so that any reader of safetensors can use them; the names of
/// tensors that only training needs begin with `training/`.
///
/// ```swift
/// let checkpoint = try Checkpoint(contentsOf: run.url(of: .best))
/// try checkpoint.load(into: network)
/// ```
public struct Checkpoint: Sendable {
    /// The parameters and buffers of the network; those in 8 bits as the numbers that the bytes stand for.
    public var weights: StateDictionary
    /// The 8-bit forms of layers, by their names; empty for a network in float32.
    public private(set) var quantization: [String: LayerQuantization]
    /// The states of the optimizer, the averaged weights, the schedule and early stopping.
    var trainingState: SavedState
    /// The progress of the run, and a description of its data.
    public var information: CheckpointInformation
    /// The file that the checkpoint was read from; nil for one that was made in memory.
    public private(set) var file: URL?

    /// A checkpoint in memory, by default of a run that has not begun.
    init(
        weights: StateDictionary, quantization: [String: LayerQuantization] = [:],
        trainingState: SavedState = SavedState(), information: CheckpointInformation = CheckpointInformation(),
        file: URL? = nil
    ) {
        self.weights = weights
        self.quantization = quantization
        self.trainingState = trainingState
        self.information = information
        self.file = file
    }

    /// The part of ``trainingState`` that holds an `ExponentialMovingAverage`.
    static let averageName = "average"

    /// The weights to predict with: averaged ones if the run kept an average.
    var weightsForInference: StateDictionary {
        let averages = trainingState.part(Self.averageName).tensors
        return StateDictionary(
            weights.entries.map { .init(name: $0.name, tensor: averages[$0.name] ?? $0.tensor) })
    }

    /// Loads the weights to predict with into a network.
    /// - Throws: ``CheckpointError`` where names or shapes differ or values are not finite, which leaves the
    ///   network as it was.
    public func load(into network: some Module) throws(CheckpointError) {
        try load(weightsForInference, into: network)
        do {
            try network.setQuantization(quantization)
        } catch {
            throw failure("\(error)", remedy: "use it with the configuration that it was trained with")
        }
    }

    /// Checks that a data set has the classes that the network was trained on, in the same order.
    ///
    /// Scores on other classes would be meaningless.
    /// - Throws: ``CheckpointError`` with the first class that differs.
    func checkClasses(_ names: [String]) throws(CheckpointError) {
        let trained = information.data.classNames
        guard trained != names else { return }
        let index = zip(trained, names).prefix { $0 == $1 }.count
        let (mine, other) = (
            index < trained.count ? trained[index] : "none", index < names.count ? names[index] : "none"
        )
        throw failure(
            "it was trained on \(trained.count) classes and the data has \(names.count); class \(index) was "
                + "'\(mine)' and is '\(other)'", remedy: "evaluate it on data with the classes of its training")
    }

    /// Loads some of the checkpoint's weights into a network.
    func load(_ weights: StateDictionary, into network: some Module) throws(CheckpointError) {
        // A fused activation may turn NaN into a number, so that no prediction would show it.
        if let broken = weights.entries.first(where: { !$0.tensor.isFinite }) {
            throw failure(
                "not all values of '\(broken.name)' are finite", remedy: "use another checkpoint, or train again")
        }
        do {
            try network.load(weights)
        } catch {
            throw failure("\(error)", remedy: "use it with the configuration that it was trained with")
        }
    }

    func failure(_ reason: String, remedy: String) -> CheckpointError {
        CheckpointError(file: file, reason: reason, remedy: remedy)
    }
}

/// The content of a checkpoint besides its tensors.
public struct CheckpointInformation: Sendable, Codable, Equatable {
    /// The progress of training.
    public var progress = TrainingProgress()
    /// The counts of metrics in an unfinished epoch.
    var counts: ScoreMeter.Counts?
    /// The seed of the run's random numbers.
    public var seed: UInt64 = 0
    /// A description of the data that the network was trained on.
    public var data = DataDescription()
    /// How the network was quantized; nil for float32.
    public var quantization: QuantizationNote?
    /// The number of processes that trained together; nil for one.
    var ranks: Int?
    /// The number of samples in a full step of all of them; nil in older files.
    var samplesPerStep: Int?

    /// A run that has not begun.
    init() {}
}

/// How a network was quantized.
public struct QuantizationNote: Sendable, Codable, Equatable {
    /// The path of the run that it was made from.
    public var source: String
    /// How ranges of activations were found, such as `minimum-maximum`.
    public var calibration: String
    /// The number of images that activations were measured on.
    public var imageCount: Int

    /// A note with all that it has.
    public init(source: String, calibration: String, imageCount: Int) {
        self.source = source
        self.calibration = calibration
        self.imageCount = imageCount
    }

    /// What keeps the run from being trained.
    @_spi(Internal) public var refusal: (reason: String, remedy: String) {
        ("its network is quantized to 8 bits, and cannot be trained", "train the run that it was made from, \(source)")
    }
}

/// A checkpoint that cannot be read, written, or loaded into a network.
public struct CheckpointError: Error, Sendable, CustomStringConvertible {
    /// The path of the file; nil for a checkpoint that was made in memory.
    public let file: String?
    /// What is wrong.
    public let reason: String
    /// What to do about it.
    public let remedy: String

    /// An error of a checkpoint file, or of a checkpoint in memory.
    init(file: URL?, reason: String, remedy: String) {
        self.file = file?.path
        self.reason = reason
        self.remedy = remedy
    }

    /// `file: reason`
    @_spi(Internal) public var what: String { "\(file ?? "checkpoint"): \(reason)" }

    /// `file: reason; remedy`
    public var description: String { "\(what); \(remedy)" }
}
