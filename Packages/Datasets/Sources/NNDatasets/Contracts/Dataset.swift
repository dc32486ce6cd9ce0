import NNLayers

/// Samples that can be asked for by number, from several threads at once.
public protocol Dataset: Sendable {
    /// The number of samples.
    var count: Int { get }

    /// The name of each class, in the order of the class indices.
    var classNames: [String] { get }

    /// The label of pixels that do not count; nil where all count.
    var ignoreIndex: Int? { get }

    /// The colour of each class in pictures of masks.
    var classColors: [Color] { get }

    /// What stands in the place of pictures, `[N, C]` in float32 or bfloat16; nil where there are pictures.
    ///
    /// There is nothing to transform or normalize then, and ``sample(at:)`` throws.
    var features: Tensor? { get }

    /// Reads or makes a sample; the same one each time.
    /// - Throws: ``ImageError`` where its file cannot be read.
    func sample(at index: Int) throws -> Sample

    /// The files that a sample is read from, the picture before the mask; none where it is made.
    func files(at index: Int) -> [String]

    /// How often each label occurs in a sample: once the class of a picture, or the pixels of a mask that
    /// have it. What is to be ignored is left out; a label outside the classes is not.
    /// - Throws: ``ImageError`` where its file cannot be read.
    func labelCounts(at index: Int) throws -> [Int: Int]
}

extension Dataset {
    public var ignoreIndex: Int? { nil }
    public var classColors: [Color] { Color.classes(classNames.count) }
    public var features: Tensor? { nil }
    public func files(at index: Int) -> [String] { [] }

    public func labelCounts(at index: Int) throws -> [Int: Int] {
        switch try sample(at: index).target {
        case .label(let label): label == ignoreIndex ? [:] : [label: 1]
        case .mask(let mask): mask.labelCounts(ignoring: ignoreIndex)
        }
    }
}

/// A data set that cannot be used: a folder or list that is missing, empty or contradicts itself.
public struct DatasetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the folder or file, with the line where there is one.
    public let place: String
    /// What is wrong.
    public let reason: String
    /// What can be done about it.
    public let remedy: String

    public init(place: String, reason: String, remedy: String) {
        self.place = place
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "\(place): \(reason). \(remedy)." }
}

/// Where the data sets of one experiment come from.
///
/// Making a source reads nothing; what is wrong with the files shows when a data set is asked for.
public protocol DatasetSource: Sendable {
    /// What the samples are labelled for.
    var task: PredictionTask { get }

    /// The samples of one split. All splits number the classes alike.
    /// - Throws: ``DatasetError``.
    func dataset(_ split: Split) throws -> any Dataset
}

/// A part of the samples that is kept apart from the others.
public enum Split: String, Sendable, Codable, CaseIterable {
    /// What parameters are fitted to.
    case train
    /// What settings are chosen by.
    case validation
    /// What is looked at once, at the end.
    case test

    /// The one of three values that is for this split.
    func choice<Value>(_ train: Value, _ validation: Value, _ test: Value) -> Value {
        switch self {
        case .train: train
        case .validation: validation
        case .test: test
        }
    }
}

extension ComponentKind<Void, any DatasetSource> {
    /// Where samples come from.
    public static var dataset: Self { Self("dataset") }
}
