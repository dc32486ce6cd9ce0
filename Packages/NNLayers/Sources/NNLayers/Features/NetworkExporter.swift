import Foundation

/// Writes a network as a file that another program can run, such as ONNX.
public protocol NetworkExporter: Sendable {
    /// What the files end in, without the dot.
    var fileExtension: String { get }

    /// Writes a network that has values, as it calculates in inference; the file appears whole or not at all.
    /// - Returns: What the file says of itself.
    /// - Throws: An error that names the operation that the format cannot express, or the file.
    func export(_ network: Network, _ description: ExportDescription, to url: URL) throws -> ExportReport
}

/// What an exported file says of a network besides its calculation.
public struct ExportDescription: Sendable {
    /// Of the configuration or the run.
    public var name: String
    /// In the order of the logits.
    public var classNames: [String]
    /// What is taken from each channel of pixels in 0...1, and what the difference is divided by.
    public var mean: [Float]
    public var standardDeviation: [Float]
    /// The size of the images that the network was made for.
    public var imageSize: Size

    public init(
        name: String, classNames: [String], mean: [Float], standardDeviation: [Float], imageSize: Size
    ) {
        self.name = name
        self.classNames = classNames
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.imageSize = imageSize
    }
}

/// What an exported file says of itself.
public struct ExportReport: Sendable, Codable, Equatable {
    /// A tensor that goes into the network or comes out of it.
    public struct Port: Sendable, Codable, Equatable {
        public var name: String
        /// The lengths of the dimensions; one that is not fixed has a name, such as `batch`.
        public var shape: [String]

        public init(name: String, shape: [String]) {
            self.name = name
            self.shape = shape
        }
    }

    /// The format with its version, such as `ONNX, opset 17`.
    public var format: String
    public var inputs: [Port]
    public var outputs: [Port]
    /// The size of the file.
    public var byteCount: Int
    /// What the file cannot do although it was asked for.
    public var notices: [String]

    public init(format: String, inputs: [Port], outputs: [Port], byteCount: Int, notices: [String] = []) {
        self.format = format
        self.inputs = inputs
        self.outputs = outputs
        self.byteCount = byteCount
        self.notices = notices
    }
}
