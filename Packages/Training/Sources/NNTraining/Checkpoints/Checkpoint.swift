import Foundation
import NNDatasets
import NNLayers
import NNOptimizers

/// All that a run needs to go on, or a network to predict with, in one safetensors file.
///
/// The network's tensors have their PyTorch names, so that any reader of such files can use them; what
/// only training needs stands under names that begin with `training/`.
///
/// ```swift
/// let checkpoint = try Checkpoint(contentsOf: run.url(of: .best))
/// try checkpoint.load(into: network)
/// ```
public struct Checkpoint: Sendable {
    /// Parameters and buffers of the network.
    public var weights: StateDictionary
    /// The states of optimizer, averaged weights, schedule and early stopping.
    public var trainingState: SavedState
    public var information: CheckpointInformation
    /// The file that it was read from.
    public private(set) var file: URL?

    public init(
        weights: StateDictionary, trainingState: SavedState = SavedState(),
        information: CheckpointInformation = CheckpointInformation(), file: URL? = nil
    ) {
        self.weights = weights
        self.trainingState = trainingState
        self.information = information
        self.file = file
    }

    /// The part of ``trainingState`` that holds an ``ExponentialMovingAverage``.
    static let averageName = "average"

    /// The weights to predict with: the averaged ones where the run kept an average.
    public var weightsForInference: StateDictionary {
        let averages = trainingState.part(Self.averageName).tensors
        return StateDictionary(
            weights.entries.map { .init(name: $0.name, tensor: averages[$0.name] ?? $0.tensor) })
    }

    /// Gives a network the weights to predict with.
    /// - Throws: ``CheckpointError`` where names or shapes differ or values are not finite; the network is not
    ///   changed then.
    public func load(into network: some Module) throws(CheckpointError) {
        try load(weightsForInference, into: network)
    }

    /// Checks that a data set has the classes that the network was trained on, in the same order.
    ///
    /// Measuring on other classes would give numbers, and say nothing.
    /// - Throws: ``CheckpointError`` with the first class that differs.
    public func checkClasses(_ names: [String]) throws(CheckpointError) {
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

    /// Gives a network some of the checkpoint's weights.
    func load(_ weights: StateDictionary, into network: some Module) throws(CheckpointError) {
        // A fused activation may make a number of NaN, so that no answer would show it.
        if let broken = weights.entries.first(where: { !$0.tensor.isFinite }) {
            throw failure(
                "not all values of '\(broken.name)' are finite", remedy: "use another checkpoint, or train anew")
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

/// What a checkpoint says about itself besides its tensors.
public struct CheckpointInformation: Sendable, Codable, Equatable {
    /// How far training had come.
    public var progress = TrainingProgress()
    /// What was measured of an epoch that is not complete.
    var counts: ScoreMeter.Counts?
    /// The seed that every random number of the run follows from.
    public var seed: UInt64 = 0
    public var data = DataDescription()

    public init() {}
}

/// What a network must know of the data that it was trained on.
public struct DataDescription: Sendable, Codable, Equatable {
    /// The names of the classes in the order of their indices; empty where they have none.
    public var classNames: [String]
    /// The colours of the classes in pictures of masks; nil where the data has no masks.
    public var classColors: [Color]?
    /// How pixels were normalized.
    public var normalization: Normalization
    /// How many features the network takes in the place of pictures; nil where it sees pictures.
    public var featureCount: Int?

    public init(
        classNames: [String] = [], classColors: [Color]? = nil, normalization: Normalization = Normalization(),
        featureCount: Int? = nil
    ) {
        self.classNames = classNames
        self.classColors = classColors
        self.normalization = normalization
        self.featureCount = featureCount
    }

    /// The name of a class, or its index where it has none.
    func className(_ index: Int) -> String { classNames.indices.contains(index) ? classNames[index] : "\(index)" }
}

/// A checkpoint that cannot be read, written, or used for a network.
public struct CheckpointError: Error, Sendable, CustomStringConvertible {
    /// The file; nil for a checkpoint that was made in memory.
    public let file: String?
    /// What is wrong.
    public let reason: String
    /// What to do about it.
    public let remedy: String

    public init(file: URL?, reason: String, remedy: String) {
        self.file = file?.path
        self.reason = reason
        self.remedy = remedy
    }

    /// `file: reason; remedy`
    public var description: String { "\(file ?? "checkpoint"): \(reason); \(remedy)" }
}
