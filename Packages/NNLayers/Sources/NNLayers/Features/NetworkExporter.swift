import Foundation

extension ComponentKind<Void, any NetworkExporter> {
    /// Writers of files that other programs run networks from.
    public static var exporter: Self { Self("exporter") }
}

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
