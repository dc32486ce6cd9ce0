import NNDatasets
import NNLayers

/// What must be known about the training data to use a network.
public struct DataDescription: Sendable, Codable, Equatable {
    /// The names of the classes in the order of their indices, or of the outputs; empty if they have none.
    public var classNames: [String]
    /// The colours of the classes in coloured masks; nil for data without masks.
    public var classColors: [Color]?
    /// The normalization of pixels.
    public var normalization: Normalization
    /// The number of features that the network takes instead of images; nil if it takes images.
    public var featureCount: Int?
    /// The probability above which each of several classes is predicted, chosen for the largest F1 on validation samples;
    /// nil for 0.5, and for other tasks.
    public var thresholds: [Float]?

    /// A description of images without normalization by default.
    public init(
        classNames: [String] = [], classColors: [Color]? = nil, normalization: Normalization = Normalization(),
        featureCount: Int? = nil, thresholds: [Float]? = nil
    ) {
        self.thresholds = thresholds
        self.classNames = classNames
        self.classColors = classColors
        self.normalization = normalization
        self.featureCount = featureCount
    }

    /// The name of a class, or its index if it has none.
    public func className(_ index: Int) -> String {
        classNames.indices.contains(index) ? classNames[index] : "\(index)"
    }

    /// The probability above which a class is predicted, 0.5 where none was chosen.
    public func threshold(_ index: Int) -> Float {
        thresholds.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? 0.5
    }
}
