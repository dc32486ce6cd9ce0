import NNLayers

/// The options of a data set of image files: how they are read, and the formats of the registry.
public protocol ImageFileOptions: BuildableOptions, DatasetSource
where Environment == Void, Product == any DatasetSource {
    /// The number of channels, 3 by default.
    var channels: Int { get }
    /// 8 to scale 16 bits to 8, 16 to keep them, nil by default: 8 with three channels, else 16.
    var bits: Int? { get }
    /// Whether the EXIF orientation is applied.
    var orientation: OrientationPolicy { get }
    /// The channels that are shown as red, green and blue; nil, the default, for the first three.
    var viewChannels: [Int]? { get }
    /// Whether samples are decoded at a fraction of their size where their transforms need no more, by data sets that have
    /// `sample(at:atLeast:)`; by default always whole, as masks need it.
    var decoding: DecodingPolicy { get }

    /// Opens a split.
    /// - Parameter reader: How its images are read.
    /// - Throws: `DatasetError` for files that are missing or wrong.
    func dataset(_ split: Split, _ reader: ImageReader) throws -> any Dataset
}

extension ImageFileOptions {
    public var channels: Int { 3 }
    public var bits: Int? { nil }
    public var viewChannels: [Int]? { nil }
    public var decoding: DecodingPolicy { .full }

    public var imageReader: ImageReader {
        ImageReader(
            channels: channels, bits: bits, orientation: orientation, viewChannels: viewChannels, decoding: decoding)
    }

    public func dataset(_ split: Split) throws -> any Dataset { try dataset(split, imageReader) }

    /// A source whose reader has the formats of the registry too.
    public func build(_: Void, in registry: Registry) throws -> any DatasetSource {
        ImageFileSource(options: self, imageReader: try imageReader.withFormats(of: registry))
    }

    /// Checks the options about reading.
    /// - Throws: `OptionError`.
    public func checkReading() throws(OptionError) {
        try ImageReader.check(channels: channels, bits: bits, viewChannels: viewChannels)
    }
}

/// A data set of image files with the formats of a registry.
private struct ImageFileSource<Options: ImageFileOptions>: DatasetSource {
    let options: Options
    let imageReader: ImageReader

    var task: PredictionTask { options.task }
    var pathOptions: [String] { options.pathOptions }

    func dataset(_ split: Split) throws -> any Dataset { try options.dataset(split, imageReader) }
}
