@_spi(Text) import NNLayers

/// Samples with labels, read by index from any number of threads.
///
/// ```swift
/// let train = try ClassFolders(path: "data/cats", split: .train)
/// let sample = try train.sample(at: 0)
/// ```
public protocol Dataset: Sendable {
    /// The number of samples.
    var count: Int { get }

    /// The names of the classes in the order of their indices, or of the values of each sample.
    var classNames: [String] { get }

    /// The kind of labels: class indices of images or pixels by default.
    var labelKind: LabelKind { get }

    /// The label that losses and metrics skip; nil where every label counts. By default nil.
    var ignoreIndex: Int? { get }

    /// The colour of each class where masks are shown. By default those of ``Color/classes(_:)``.
    var classColors: [Color] { get }

    /// Whether ``classColors`` were stated with the classes, and not chosen for display only. By default false.
    var statesColors: Bool { get }

    /// The colour of each label in the palette of a mask's file; nil, as by default, without a palette, and where colours
    /// stand for classes and not the stored numbers.
    func maskPalette(at index: Int) -> [Int: Color]?

    /// Precomputed features used instead of images, `[N, C]` in float32 or bfloat16; nil for images. By default nil.
    ///
    /// Features are neither transformed nor normalized, and ``sample(at:)`` throws.
    var features: Tensor? { get }

    /// How images are read, with the number of their channels. By default RGB of 8 bits. A reader that decodes at a
    /// fraction of the size is for data sets whose `sample(at:atLeast:)` does so too: predictions do as it says.
    var imageReader: ImageReader { get }

    /// The image files in the folders of the data set that are not read; none by default.
    var unreadFiles: UnreadFiles { get }

    /// Reads or generates a sample; the same one each time.
    /// - Throws: ``ImageError`` for a file that cannot be read.
    func sample(at index: Int) throws -> Sample

    /// Reads a sample whose image may be decoded at a fraction of its size, see `ImageReader.decoding`. By default the
    /// whole one, as masks need it.
    /// - Parameter size: What both sides of the image must have at least, unless the file has less.
    /// - Throws: ``ImageError`` for a file that cannot be read.
    func sample(at index: Int, atLeast size: Size) throws -> Sample

    /// The target of a sample. By default the sample is read for it; data sets that know it without the image, and those
    /// of features with targets other than one class, provide it.
    /// - Throws: ``ImageError`` for a file that cannot be read.
    func target(at index: Int) throws -> Target

    /// The paths of a sample's files, the image before the mask; empty for generated samples, as by default. A file
    /// within another one is named as if that were a folder, and its bytes are those of `bytes(ofFile:at:limit:)`.
    func files(at index: Int) -> [String]

    /// The bytes of one of a sample's files. By default the file is read from its path.
    /// - Parameters:
    ///   - number: The index of the file in those of the sample: 0 for the image, 1 for the mask.
    ///   - limit: The number of bytes that are enough.
    /// - Throws: ``ImageError`` for a file that cannot be read.
    func bytes(ofFile number: Int, at index: Int, limit: Int) throws(ImageError) -> [UInt8]

    /// The files that hold many samples each, in the order of the samples, all of which they have; empty, as by
    /// default, for files of their own and generated samples. Samples that follow each other are read much faster, so
    /// that the sampler `shuffle` stays within a few of these files at a time.
    var storageGroups: [StorageGroup] { get }

    /// How often each label occurs in a sample: once for the class of an image and for each class whose flag is 1, or
    /// the number of its pixels in a mask; numbers are not counted. Ignored labels are left out; labels out of range are
    /// not. By default from ``target(at:)``.
    /// - Throws: ``ImageError`` for a file that cannot be read.
    func labelCounts(at index: Int) throws -> [Int: Int]
}

extension Dataset {
    public var ignoreIndex: Int? { nil }
    public var classColors: [Color] { Color.classes(classNames.count) }
    public var statesColors: Bool { false }
    public func maskPalette(at index: Int) -> [Int: Color]? { nil }
    public var features: Tensor? { nil }
    public var imageReader: ImageReader { ImageReader() }
    public var unreadFiles: UnreadFiles { UnreadFiles() }
    public func files(at index: Int) -> [String] { [] }
    public var storageGroups: [StorageGroup] { [] }
    public var labelKind: LabelKind { .classes }
    public func target(at index: Int) throws -> Target { try sample(at: index).target }
    public func sample(at index: Int, atLeast size: Size) throws -> Sample { try sample(at: index) }

    /// A sample as transforms need it: decoded at a fraction of its size where the data set and they allow it.
    @_spi(Internal) public func sample(at index: Int, for transforms: [any Transform]) throws -> Sample {
        guard imageReader.decoding == .reduced, let size = transforms.decodingSize else { return try sample(at: index) }
        return try sample(at: index, atLeast: size)
    }

    public func bytes(ofFile number: Int, at index: Int, limit: Int) throws(ImageError) -> [UInt8] {
        let files = files(at: index)
        require(files.indices.contains(number), "bytes(ofFile:): sample \(index) has \(files.count) files")
        return try FileBytes.read(files[number], upTo: limit)
    }

    public func labelCounts(at index: Int) throws -> [Int: Int] {
        switch try target(at: index) {
        case .label(let label): label == ignoreIndex ? [:] : [label: 1]
        case .mask(let mask): mask.labelCounts(ignoring: ignoreIndex)
        case .values(let values): labelKind == .flags ? values.flagCounts : [:]
        }
    }
}

extension Dataset {
    /// The bytes of one of a sample's files, all of them.
    @_spi(Internal) public func bytes(ofFile number: Int, at index: Int) throws(ImageError) -> [UInt8] {
        try bytes(ofFile: number, at: index, limit: .max)
    }
}

/// A file that holds many samples, such as a shard.
public struct StorageGroup: Hashable, Sendable {
    /// The path of the file.
    public let path: String
    /// The indices of its samples.
    public let samples: Range<Int>
    /// A hash of what the file has, by which changes are recognized: names, sizes and labels are enough.
    public let contentHash: UInt64

    /// - Parameters:
    ///   - path: The path of the file.
    ///   - samples: The indices of its samples.
    ///   - contentHash: A hash of what the file has.
    public init(path: String, samples: Range<Int>, contentHash: UInt64) {
        self.path = path
        self.samples = samples
        self.contentHash = contentHash
    }
}

extension TargetValues {
    /// 1 for the index of each value that is 1.
    var flagCounts: [Int: Int] {
        Dictionary(uniqueKeysWithValues: floats.indices.filter { floats[$0] == 1 }.map { ($0, 1) })
    }
}

/// A data set that is another one, but for what it declares itself.
protocol ForwardingDataset: Dataset {
    var base: any Dataset { get }
}

extension ForwardingDataset {
    public var count: Int { base.count }
    public var classNames: [String] { base.classNames }
    public var ignoreIndex: Int? { base.ignoreIndex }
    public var classColors: [Color] { base.classColors }
    public var statesColors: Bool { base.statesColors }
    public func maskPalette(at index: Int) -> [Int: Color]? { base.maskPalette(at: index) }
    public var features: Tensor? { base.features }
    public var imageReader: ImageReader { base.imageReader }
    public var unreadFiles: UnreadFiles { base.unreadFiles }
    public func sample(at index: Int) throws -> Sample { try base.sample(at: index) }
    public func sample(at index: Int, atLeast size: Size) throws -> Sample {
        try base.sample(at: index, atLeast: size)
    }
    public func files(at index: Int) -> [String] { base.files(at: index) }
    public var storageGroups: [StorageGroup] { base.storageGroups }
    public var labelKind: LabelKind { base.labelKind }
    public func target(at index: Int) throws -> Target { try base.target(at: index) }
    public func labelCounts(at index: Int) throws -> [Int: Int] { try base.labelCounts(at: index) }

    public func bytes(ofFile number: Int, at index: Int, limit: Int) throws(ImageError) -> [UInt8] {
        try base.bytes(ofFile: number, at: index, limit: limit)
    }
}

/// A data set that cannot be opened: a folder or list that is missing, empty or inconsistent.
public struct DatasetError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the folder or file, with the line where there is one.
    public let place: String
    /// What is wrong.
    public let reason: String
    /// How to fix it.
    public let remedy: String

    /// An error that reads `place: reason. remedy.`
    public init(place: String, reason: String, remedy: String) {
        self.place = place
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "\(place): \(reason). \(remedy).".onOneLine }
}

/// A part of a data set.
public enum Split: String, Sendable, Codable, CaseIterable {
    /// Parameters are fitted to it.
    case train
    /// Settings are chosen by it.
    case validation
    /// It is evaluated once, at the end.
    case test

    /// The one of three values that belongs to this split.
    public func choice<Value>(train: Value, validation: Value, test: Value) -> Value {
        switch self {
        case .train: train
        case .validation: validation
        case .test: test
        }
    }
}

/// Opens the splits of a data set that a configuration names.
///
/// The options of a data set are its source:
///
/// ```swift
/// extension Birds {
///     /// Options of ``Birds``.
///     public struct Options: BuildableOptions, DatasetSource {
///         /// The folder of the images.
///         public var path = ""
///         public var task: PredictionTask { .classification }
///
///         public init() {}
///
///         public func dataset(_ split: Split) throws -> any Dataset { try Birds(path: path, split: split) }
///     }
/// }
///
/// try registry.register(.dataset, "birds", summary: "Birds of Europe", Birds.Options.self)
/// ```
public protocol DatasetSource: Sendable {
    /// What the samples are labelled for.
    var task: PredictionTask { get }

    /// How images are read, with the number of their channels, known before a split is opened. By default RGB of 8 bits.
    var imageReader: ImageReader { get }

    /// The options with paths of files or folders, which a run finds again from any working directory; `path` by default.
    var pathOptions: [String] { get }

    /// Opens a split. All splits number the classes alike.
    /// - Throws: ``DatasetError`` for files that are missing or wrong; nothing is read before.
    func dataset(_ split: Split) throws -> any Dataset
}

extension DatasetSource {
    public var imageReader: ImageReader { ImageReader() }
    public var pathOptions: [String] { ["path"] }
}

extension DatasetSource where Self: BuildableOptions {
    /// The options themselves: they open the splits.
    public func build(_ environment: Void, in registry: Registry) -> any DatasetSource { self }
}

extension ComponentKind<Void, any DatasetSource> {
    /// Data sets.
    public static var dataset: Self { Self("dataset") }
}
