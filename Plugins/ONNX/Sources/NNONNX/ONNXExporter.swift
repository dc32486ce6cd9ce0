import Foundation
@_spi(Kernels) import NNCore
import NNLayers

/// Writes networks as ONNX files, for ONNX Runtime and other programs.
///
/// ```swift
/// let description = ExportDescription(
///     name: "pets", classNames: ["cat", "dog"], mean: [0.485, 0.456, 0.406],
///     standardDeviation: [0.229, 0.224, 0.225], imageSize: 224)
/// let report = try ONNXExporter(includeNormalization: true).export(network, description, to: url)
/// ```
///
/// The input `images` is `[N, C, H, W]` in float32, of 3 or as many channels as the network takes, or with
/// `includePreprocessing` the bytes of images `[N, H, W, C]`; the output `logits` is `[N, C]`, or `[N, C, H, W]` for
/// segmentation. N, H
/// and W are dynamic if the network allows it: the network is traced with images of several sizes, and what depends on
/// the size in a way that ONNX cannot express is fixed, with a notice.
public struct ONNXExporter: NetworkExporter {
    /// The options.
    let options: Options
    /// The converters beside or in place of the built-in ones, by the name of the operation.
    private let converters: [String: ONNXConverter]

    /// `onnx`.
    public var fileExtension: String { "onnx" }

    /// An exporter. Traps for an unsupported operator set.
    /// - Parameters:
    ///   - opset: The version of the ONNX operators, from 17 to 21.
    ///   - foldBatchNorm: Whether batch normalizations are folded into the convolutions before them.
    ///   - dynamicSize: Whether the file accepts images of any height and width, if the network allows it.
    ///   - includeNormalization: Whether the file takes pixels from 0 to 1 and normalizes them itself.
    ///   - includePreprocessing: Whether the file takes the bytes of RGB images of any size, and prepares and normalizes
    ///     them itself; resizing raises the operators to version 18.
    ///   - probabilities: Whether the file gives probabilities instead of logits: a softmax over the classes, or the
    ///     sigmoid of a single logit or of each class of a multi-label network.
    ///   - converters: Converters of further operations, by the name of the operation; they take precedence over the
    ///     built-in ones.
    public init(
        opset: Int = 17, foldBatchNorm: Bool = true, dynamicSize: Bool = true, includeNormalization: Bool = false,
        includePreprocessing: Bool = false, probabilities: Bool = false, converters: [String: ONNXConverter] = [:]
    ) {
        var options = Options()
        options.opset = opset
        options.foldBatchNorm = foldBatchNorm
        options.dynamicSize = dynamicSize
        options.includeNormalization = includeNormalization
        options.includePreprocessing = includePreprocessing
        options.probabilities = probabilities
        self.init(options, converters: converters)
    }

    init(_ options: Options, converters: [String: ONNXConverter] = [:]) {
        requireOptions("ONNXExporter") { try options.validate() }
        self.options = options
        self.converters = converters
    }

    /// Writes a network as an ONNX file, which appears under its name when it is complete.
    /// - Returns: The inputs and outputs of the file, and what it cannot do.
    /// - Throws: ``ONNXExportError`` for what ONNX cannot express; errors of writing the file.
    @discardableResult
    public func export(
        _ network: Network, _ description: ExportDescription, to url: URL
    ) throws -> ExportReport {
        var (model, notices) = try model(of: network, description)
        for case .other(let transform) in description.preparation {
            notices.append(
                "the metadata cannot say what '\(transform)' does; images must be prepared by it for this file")
        }
        let file = try model.serialized()
        try AtomicFile.write(file, to: url)
        return ExportReport(
            format: "ONNX, opset \(options.resolved(for: description).opset)",
            inputs: model.message.graph.input.map(\.port),
            outputs: model.message.graph.output.map(\.port), byteCount: file.count, notices: notices)
    }

    /// The content of the file, and what it cannot do.
    func model(
        of network: Network, _ description: ExportDescription
    ) throws -> (model: ModelMessage, notices: [String]) {
        let bytes = network.quantization.map { ($0.value.weight.bytes.memoryIdentity, $0.key + ".weight") }
        let names = Dictionary(
            StateDictionary(network).entries.map { ($0.tensor.memoryIdentity, $0.name) } + bytes,
            uniquingKeysWith: { first, _ in first })
        var notices: [String] = []
        let options = options.resolved(for: description)
        for freedom in Freedom.allCases.drop(while: { $0 == .all && !options.dynamicSize }) {
            do {
                let size = description.imageSize
                // A backbone of one channel takes grey images, or the luminance of others.
                let channels = network.backbone.inputChannels == 1 ? description.mean.count : network.imageChannels
                let traced = try TracedNetwork(
                    network, shapes: freedom.shapes(size, channels: channels),
                    usual: [1, size.height, size.width, channels])
                let graph = ONNXGraph(opset: options.opset, parameterNames: names)
                let writer = GraphWriter(
                    traced, task: network.head.task, options: options, converters: converters)
                try writer.write(to: graph, description: description)
                let model = try ModelMessage(
                    graph, of: traced, outputName: writer.outputName, options: options, task: network.head.task,
                    description)
                return (model, notices)
            } catch let error as SizeDependence {
                guard freedom != .none else { throw ONNXExportError(error.reason) }
                notices.append("\(freedom.loss(description.imageSize)), because \(error.reason)")
            } catch let error as ShapeError {
                // Another size did not fit; the next attempt shows whether this one does.
                guard freedom != .none else { throw error }
                notices.append("\(freedom.loss(description.imageSize)), because others do not fit: \(error)")
            }
        }
        trap("ONNXExporter: the last attempt returns or throws")
    }
}

extension ONNXExporter {
    /// Options of ``ONNXExporter``.
    struct Options: BuildableOptions {
        /// Whether batch normalizations are folded into the convolutions before them.
        var foldBatchNorm = true
        /// The version of the ONNX operators, from 17 to 21.
        var opset = 17
        /// Whether the file accepts images of any height and width, if the network allows it.
        var dynamicSize = true
        /// Whether the file takes pixels from 0 to 1 and normalizes them itself.
        var includeNormalization = false
        /// Whether the file takes the bytes of RGB images of any size, and prepares and normalizes them itself. Resizing
        /// raises the operators to version 18.
        var includePreprocessing = false
        /// Whether the file gives probabilities instead of logits: a softmax over the classes, or the sigmoid of a single
        /// logit or of each class of a multi-label network.
        var probabilities = false

        /// The defaults.
        init() {}

        /// Checks the operator set.
        /// - Throws: `OptionError`.
        func validate() throws { try check("opset", opset, in: 17...21) }

        /// Makes the exporter, with the converters that are registered.
        /// - Throws: `ConfigError` if a converter cannot be made.
        func build(_: Void, in registry: Registry) throws -> any NetworkExporter {
            var converters: [String: ONNXConverter] = [:]
            for name in registry.names(of: .onnxConverter) {
                converters[name] = try registry.build(.onnxConverter, from: ConfigNode(.string(name)))
            }
            return ONNXExporter(self, converters: converters)
        }

        /// The options with the version of operators that they need: the first whose `Resize` smooths is 18.
        func resolved(for description: ExportDescription) -> Options {
            var result = self
            if includePreprocessing, description.preparation.contains(where: { $0.name == "resize" }) {
                result.opset = max(opset, 18)
            }
            return result
        }

        /// The version of the file format that came with the operators.
        var formatVersion: Int64 { opset < 19 ? 8 : opset < 21 ? 9 : 10 }
    }
}

/// The dimensions of the images that a file leaves open.
private enum Freedom: CaseIterable {
    case all, batch, none

    /// The images of the traces. Their sizes have nothing in common, so lengths that are equal in all traces are always
    /// equal. They are larger than what the network was made for, and wide, so that no feature has the size of
    /// something square by chance.
    func shapes(_ size: Size, channels: Int) -> [Shape] {
        switch self {
        case .all:
            [(2, 64, 243), (3, 101, 294), (5, 139, 265), (7, 190, 352), (11, 83, 326), (13, 156, 381)].map {
                [$0, size.height + $1, max(size.height, size.width) + $2, channels]
            }
        case .batch: [2, 3, 5].map { [$0, size.height, size.width, channels] }
        case .none: [[1, size.height, size.width, channels]]
        }
    }

    /// What a user loses without this freedom.
    func loss(_ size: Size) -> String {
        switch self {
        case .all: "the file takes only images of \(size)"
        case .batch, .none: "the file takes only one image at a time"
        }
    }
}

/// Registers the ONNX exporter: `nn export --format onnx`.
public struct ONNXPlugin: Plugin {
    /// `ONNX`.
    public let name = "ONNX"

    /// The plugin; there is nothing to set.
    public init() {}

    /// Registers the exporter; see `Plugin`.
    public func register(into registry: Registry) throws {
        try registry.register(
            .exporter, "onnx", summary: "files for ONNX Runtime and other programs (https://onnx.ai)",
            ONNXExporter.Options.self)
    }
}

extension ComponentKind<Void, ONNXConverter> {
    /// Converters of further operations to ONNX, under the names of the operations.
    public static var onnxConverter: Self { Self("onnx_converter") }
}

/// An error about a network that cannot be written as ONNX.
public struct ONNXExportError: Error, Sendable, CustomStringConvertible {
    /// What is wrong and what to do about it.
    public let description: String

    /// Makes an error.
    /// - Parameter description: What is wrong and what to do about it.
    public init(_ description: String) { self.description = description }
}

/// A length or an attribute that depends on the images in a way that a file cannot express.
struct SizeDependence: Error {
    /// What depends on them, to follow "because".
    let reason: String
    init(_ reason: String) { self.reason = reason }
}
