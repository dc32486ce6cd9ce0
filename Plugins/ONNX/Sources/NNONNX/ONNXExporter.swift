import Foundation
import NNLayers

/// The exporter of this module: `nn export --format onnx`.
public struct ONNXPlugin: Plugin {
    public let name = "ONNX"

    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(
            .exporter, "onnx", summary: "files for ONNX Runtime and other programs (https://onnx.ai)",
            options: ONNXOptions.self
        ) { [unowned registry] options, _ in
            var converters: [String: ONNXConverter] = [:]
            for name in registry.names(of: .onnxConverter) {
                converters[name] = try registry.build(.onnxConverter, from: ConfigNode(.string(name)))
            }
            return ONNXExporter(options, converters: converters)
        }
    }
}

extension ComponentKind<Void, ONNXConverter> {
    /// Ways to write operations of plugins as ONNX; the name is that of the operation.
    public static var onnxConverter: Self { Self("onnx_converter") }
}

/// Writes networks as ONNX files, which ONNX Runtime and many other programs run.
///
/// The input `images` is `[N, 3, H, W]` float32, the output `logits` `[N, C]` or `[N, C, H, W]`. N, H and W are
/// free where the network allows it: it is traced with images of several sizes, and what does not follow from
/// their sizes in a way that ONNX can express is fixed, with a notice.
public struct ONNXExporter: NetworkExporter {
    public let options: ONNXOptions
    /// Of operations that are not of this package, or in place of those that it has.
    private let converters: [String: ONNXConverter]

    public var fileExtension: String { "onnx" }

    /// - Parameter converters: by the name of the operation.
    public init(_ options: ONNXOptions = ONNXOptions(), converters: [String: ONNXConverter] = [:]) {
        self.options = options
        self.converters = converters
    }

    public func export(
        _ network: Network, _ description: ExportDescription, to url: URL
    ) throws -> ExportReport {
        let (model, notices) = try model(of: network, description)
        let file = try model.serialized()
        try file.write(to: url, options: .atomic)
        return ExportReport(
            format: "ONNX, opset \(options.opset)", inputs: model.message.graph.input.map(\.port),
            outputs: model.message.graph.output.map(\.port), byteCount: file.count, notices: notices)
    }

    /// The file as a message, and what it cannot do.
    func model(
        of network: Network, _ description: ExportDescription
    ) throws -> (model: ModelMessage, notices: [String]) {
        let names = Dictionary(
            StateDictionary(network).entries.map { ($0.tensor.memoryIdentity, $0.name) },
            uniquingKeysWith: { first, _ in first })
        var notices: [String] = []
        for freedom in Freedom.allCases.drop(while: { $0 == .all && !options.dynamicSize }) {
            do {
                let size = description.imageSize
                let traced = try TracedNetwork(
                    network, shapes: freedom.shapes(size), usual: [1, size.height, size.width, 3])
                let graph = ONNXGraph(opset: options.opset, parameterNames: names)
                let writer = GraphWriter(traced, options: options, converters: converters)
                try writer.write(to: graph, description: description)
                let model = try ModelMessage(
                    graph, of: traced, outputName: writer.outputName, options: options, task: network.head.task,
                    description)
                return (model, notices)
            } catch let error as SizeDependence {
                guard freedom != .none else { throw ONNXExportError(error.reason) }
                notices.append("\(freedom.loss(description.imageSize)), because \(error.reason)")
            } catch let error as ShapeError {
                // Another size did not fit; whether this one does is seen next.
                guard freedom != .none else { throw error }
                notices.append("\(freedom.loss(description.imageSize)), because others do not fit: \(error)")
            }
        }
        trap("ONNXExporter: the last attempt returns or throws")
    }
}

/// What about the images a file leaves open.
private enum Freedom: CaseIterable {
    case all, batch, none

    /// The images of the traces: sizes that have nothing in common, so that lengths that are equal in all of
    /// them are equal always. They are larger than what the network was made for, and wide, lest a feature have
    /// the size of something square by chance.
    func shapes(_ size: Size) -> [Shape] {
        switch self {
        case .all:
            [(2, 64, 243), (3, 101, 294), (5, 139, 265), (7, 190, 352), (11, 83, 326), (13, 156, 381)].map {
                [$0, size.height + $1, max(size.height, size.width) + $2, 3]
            }
        case .batch: [2, 3, 5].map { [$0, size.height, size.width, 3] }
        case .none: [[1, size.height, size.width, 3]]
        }
    }

    /// What a user loses with the freedom.
    func loss(_ size: Size) -> String {
        switch self {
        case .all: "the file takes only images of \(size)"
        case .batch, .none: "the file takes only one image at a time"
        }
    }
}

/// What a user may say about an ``ONNXExporter``.
public struct ONNXOptions: ComponentOptions {
    /// Whether batch normalizations are multiplied into the convolutions before them.
    public var foldBatchNorm = true
    /// The version of ONNX's operators, from 17 to 21.
    public var opset = 17
    /// Whether the file takes images of any height and width, where the network allows it.
    public var dynamicSize = true
    /// Whether the file takes pixels from 0 to 1 and normalizes them itself.
    public var includeNormalization = false
    /// Whether the file gives probabilities in place of logits: softmax over the classes, or the sigmoid of a
    /// single logit.
    public var probabilities = false

    public init() {}

    public func validate() throws {
        if !(17...21).contains(opset) { throw OptionError("opset", "must be from 17 to 21, not \(opset)") }
    }

    /// The version of the file format that came with the operators.
    var formatVersion: Int64 { opset < 19 ? 8 : opset < 21 ? 9 : 10 }
}

/// A network that cannot be written as ONNX, with what to do about it.
public struct ONNXExportError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// A length or a setting that changes with the images in a way that a file cannot express.
struct SizeDependence: Error {
    /// What changes, to stand after "because".
    let reason: String
    init(_ reason: String) { self.reason = reason }
}
