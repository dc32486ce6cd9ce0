import NNDatasets
import NNLayers

/// What must be known about the training data to use a network.
public struct DataDescription: Sendable, Codable, Equatable {
    /// The names of the classes in the order of their indices; empty if they have none.
    public var classNames: [String]
    /// The colours of the classes in coloured masks; nil for data without masks.
    public var classColors: [Color]?
    /// The normalization of pixels.
    public var normalization: Normalization
    /// The number of features that the network takes instead of images; nil if it takes images.
    public var featureCount: Int?

    /// A description of images without normalization by default.
    public init(
        classNames: [String] = [], classColors: [Color]? = nil, normalization: Normalization = Normalization(),
        featureCount: Int? = nil
    ) {
        self.classNames = classNames
        self.classColors = classColors
        self.normalization = normalization
        self.featureCount = featureCount
    }

    /// The name of a class, or its index if it has none.
    public func className(_ index: Int) -> String {
        classNames.indices.contains(index) ? classNames[index] : "\(index)"
    }
}
