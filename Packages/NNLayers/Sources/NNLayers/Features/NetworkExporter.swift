import Foundation

/// Writes a network to a file that other programs can run, such as ONNX.
public protocol NetworkExporter: Sendable {
    /// The extension of the files, without the dot.
    var fileExtension: String { get }

    /// Writes an initialized network in inference mode. The file appears complete or not at all.
    /// - Parameters:
    ///   - network: The network.
    ///   - description: Names and normalization, to be stored with the network.
    ///   - url: The file.
    /// - Returns: A summary of the file.
    /// - Throws: An error that names the operation that the format cannot express, or the file.
    func export(_ network: Network, _ description: ExportDescription, to url: URL) throws -> ExportReport
}

/// Information that an exported file stores with the network.
public struct ExportDescription: Sendable {
    /// The name of the configuration or run.
    public var name: String
    /// The class names in the order of the logits.
    public var classNames: [String]
    /// The mean of each channel, subtracted from pixels in 0...1.
    public var mean: [Float]
    /// The standard deviation of each channel, by which the difference is divided.
    public var standardDeviation: [Float]
    /// The image size that the network was made for.
    public var imageSize: Size
    /// The probability above which each class of a multi-label network is predicted; nil for 0.5.
    public var thresholds: [Float]?
    /// The steps that prepare an image of 8 bits, before its pixels are normalized.
    public var preparation: [ImagePreparation]
    /// The colours of the classes in coloured masks, such as `#0072B2`; nil for data without masks.
    public var classColors: [String]?
    /// The label of pixels that do not count; nil where there is none or it is not known.
    public var ignoreIndex: Int?
    /// Whether images are turned as their EXIF orientation says, before all other steps.
    public var isUpright: Bool

    /// Creates a description.
    /// - Parameters:
    ///   - name: The name of the configuration or run.
    ///   - classNames: The class names in the order of the logits; none by default.
    ///   - mean: The mean of each channel of pixels in 0...1; 0 by default.
    ///   - standardDeviation: The standard deviation of each channel; 1 by default.
    ///   - imageSize: The image size that the network was made for.
    ///   - thresholds: The probability above which each class of a multi-label network is predicted; nil for 0.5.
    ///   - preparation: The steps that prepare an image of 8 bits, before its pixels are normalized.
    ///   - classColors: The colours of the classes in coloured masks, such as `#0072B2`.
    ///   - ignoreIndex: The label of pixels that do not count.
    ///   - isUpright: Whether images are turned as their EXIF orientation says, as by default.
    public init(
        name: String = "network", classNames: [String] = [], mean: [Float] = [0, 0, 0],
        standardDeviation: [Float] = [1, 1, 1], imageSize: Size,
        thresholds: [Float]? = nil, preparation: [ImagePreparation] = [], classColors: [String]? = nil,
        ignoreIndex: Int? = nil, isUpright: Bool = true
    ) {
        self.isUpright = isUpright
        self.preparation = preparation
        self.classColors = classColors
        self.ignoreIndex = ignoreIndex
        self.thresholds = thresholds
        self.name = name
        self.classNames = classNames
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.imageSize = imageSize
    }
}

/// A summary of an exported file.
public struct ExportReport: Sendable, Codable, Equatable {
    /// An input or output of the network.
    public struct Port: Sendable, Codable, Equatable {
        /// The name in the file.
        public var name: String
        /// The dimensions: numbers, and names such as `batch` for dynamic ones.
        public var shape: [String]

        /// Describes an input or output.
        public init(name: String, shape: [String]) {
            self.name = name
            self.shape = shape
        }
    }

    /// The format with its version, such as `ONNX, opset 17`.
    public var format: String
    /// The inputs of the network.
    public var inputs: [Port]
    /// The outputs of the network.
    public var outputs: [Port]
    /// The size of the file in bytes.
    public var byteCount: Int
    /// Requested properties that the file lacks.
    public var notices: [String]

    /// Creates a report.
    /// - Parameters:
    ///   - format: The format with its version.
    ///   - inputs: The inputs of the network.
    ///   - outputs: The outputs of the network.
    ///   - byteCount: The size of the file in bytes.
    ///   - notices: Requested properties that the file lacks.
    public init(format: String, inputs: [Port], outputs: [Port], byteCount: Int, notices: [String] = []) {
        self.format = format
        self.inputs = inputs
        self.outputs = outputs
        self.byteCount = byteCount
        self.notices = notices
    }
}
