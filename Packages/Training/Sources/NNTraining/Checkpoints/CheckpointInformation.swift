import NNDatasets

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
