import Foundation
import NNLayers
import SwiftProtobuf

/// The content of an ONNX file.
struct ModelMessage {
    private(set) var message = Onnx_ModelProto()

    /// - Throws: ``ONNXExportError`` if the weights are larger than a message can be.
    init(
        _ graph: ONNXGraph, of network: TracedNetwork, outputName: String, options: ONNXExporter.Options,
        task: PredictionTask,
        _ description: ExportDescription
    ) throws {
        let byteCount = graph.initializers.values.reduce(0) { $0 + $1.byteCount }
        // Nodes and names are small compared with the weights.
        guard byteCount < Int(Int32.max) - 1 << 24 else {
            throw ONNXExportError(
                "the weights have \(byteCount) bytes, and an ONNX file at most 2 GiB; export a smaller network")
        }
        message.irVersion = options.formatVersion
        message.producerName = "nnkit"
        message.opsetImport = Self.operatorSets(graph, opset: options.opset)
        message.metadataProps = Self.metadata(
            description, task: task, options, logitCount: network.outputShape.last?.fixed
        ).map { key, value in
            var entry = Onnx_StringStringEntryProto()
            (entry.key, entry.value) = (key, value)
            return entry
        }
        message.graph.name = description.name
        message.graph.node = graph.nodes.map { Onnx_NodeProto($0) }
        message.graph.initializer = graph.initializers.sorted { $0.key < $1.key }.map {
            Onnx_TensorProto(name: $0.key, $0.value, isSigned: graph.signedInitializers.contains($0.key))
        }
        let names = Self.dimensionNames(network)
        message.graph.input = [Self.input(network, names, options, description)]
        let shape = network.outputShape
        message.graph.output = [
            Onnx_ValueInfoProto(
                name: outputName, shape.count == 4 ? ONNXValue.imageOrder.map { shape[$0] } : shape, names,
                document: (task.isDense ? "[N, classes, H, W]" : "[N, classes]")
                    + (options.probabilities ? "; probabilities" : Self.meaning(task)))
        ]
    }

    /// The bytes of the file.
    func serialized() throws -> Data {
        // Deterministic: the same network gives the same file.
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        return try message.serializedBytes(options: options)
    }

    private static func operatorSets(_ graph: ONNXGraph, opset: Int) -> [Onnx_OperatorSetIdProto] {
        Set(graph.nodes.map(\.domain) + [""]).sorted().map { domain in
            var set = Onnx_OperatorSetIdProto()
            set.domain = domain
            set.version = domain.isEmpty ? Int64(opset) : 1
            return set
        }
    }

    /// The names of lengths that depend on the images.
    private static func dimensionNames(_ network: TracedNetwork) -> [TracedLength: String] {
        Dictionary(zip(network.inputShape, ["batch", "height", "width", "channels"])) { first, _ in first }
    }

    /// The images.
    private static func input(
        _ network: TracedNetwork, _ names: [TracedLength: String], _ options: ONNXExporter.Options,
        _ description: ExportDescription
    ) -> Onnx_ValueInfoProto {
        let channels = description.mean.count
        guard options.includePreprocessing else {
            let order =
                channels != 3
                ? "" : isBGR(description) ? ", channels blue, green, red (BGR)" : ", channels red, green, blue"
            return Onnx_ValueInfoProto(
                name: GraphWriter.inputName, ONNXValue.imageOrder.map { network.inputShape[$0] }, names,
                document: "images [N, \(channels), H, W]\(order), "
                    + (options.includeNormalization
                        ? "pixels from 0 to 1"
                        : "normalized: (pixel / 255 - mean) / standard_deviation of the metadata"))
        }
        // What is prepared has a size of its own.
        let isFixed = network.inputShape[1].fixed != nil && !description.preparation.contains { $0.changesSize }
        let shape = isFixed ? network.inputShape : [network.inputShape[0]] + Self.rawSize + [network.inputShape[3]]
        return Onnx_ValueInfoProto(
            name: GraphWriter.inputName, shape,
            names.merging([rawSize[0]: "image_height", rawSize[1]: "image_width"]) { $1 },
            elementType: .uint8,
            document:
                "images [N, H, W, \(channels)], the bytes of their channels\(channels == 3 ? ", red, green, blue" : "")"
        )
    }

    /// Stands for the height and width of images before their preparation, which no trace knows.
    private static let rawSize = [TracedLength([-1, -2]), TracedLength([-2, -1])]

    /// Whether the network takes blue before green and red.
    private static func isBGR(_ description: ExportDescription) -> Bool {
        description.preparation.count { $0 == .exchangeRedAndBlue } % 2 == 1
    }

    private static func metadata(
        _ description: ExportDescription, task: PredictionTask, _ options: ONNXExporter.Options, logitCount: Int?
    ) -> [(String, String)] {
        func json(_ value: some Encodable) -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
            return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        let isNormalized = options.includeNormalization || options.includePreprocessing
        var result = [
            ("format_version", "1"), ("name", description.name), ("task", task.rawValue),
            ("class_names", json(description.classNames)), ("image_size", "\(description.imageSize)"),
            ("preparation", json(description.preparation)), ("channels", "\(description.mean.count)"),
            ("channel_order", isBGR(description) ? "bgr" : description.mean.count == 3 ? "rgb" : "as_stored"),
            ("orientation", description.isUpright ? "upright" : "stored"), ("pixel_range", "[0,1]"),
            ("mean", json(description.mean)),
            ("standard_deviation", json(description.standardDeviation)),
            ("preprocessing_included", "\(options.includePreprocessing)"),
            ("normalization_included", "\(isNormalized)"),
            ("output", options.probabilities ? "probabilities" : "logits"),
            ("output_function", outputFunction(task, logitCount: logitCount)),
        ]
        if let colors = description.classColors { result.append(("class_colors", json(colors))) }
        if let index = description.ignoreIndex { result.append(("ignore_index", "\(index)")) }
        if let thresholds = description.thresholds { result.append(("thresholds", json(thresholds))) }
        return result
    }

    /// What makes predictions of logits: a softmax over the classes, the sigmoid of each, or nothing. A single logit for
    /// two classes is that of the second.
    private static func outputFunction(_ task: PredictionTask, logitCount: Int?) -> String {
        switch task.labels {
        case .classes: logitCount == 1 ? "sigmoid" : "softmax"
        case .flags: "sigmoid"
        case .values: "none"
        }
    }

    /// What the logits of a task are; empty for classes that exclude each other.
    private static func meaning(_ task: PredictionTask) -> String {
        switch task.labels {
        case .classes: ""
        case .flags: "; the sigmoid is the probability of each class"
        case .values where task == .regression: "; the predicted numbers"
        case .values: "; predictions for the task \(task.rawValue)"
        }
    }
}

extension Onnx_NodeProto {
    init(_ node: ONNXNode) {
        self.init()
        name = node.outputs[0]
        opType = node.type
        domain = node.domain
        input = node.inputs
        output = node.outputs
        attribute = node.attributes.sorted { $0.key < $1.key }.map { Onnx_AttributeProto(name: $0.key, $0.value) }
    }
}

extension Onnx_AttributeProto {
    init(name: String, _ value: ONNXAttribute) {
        self.init()
        self.name = name
        switch value {
        case .int(let value): (type, i) = (.int, Int64(value))
        case .ints(let values): (type, ints) = (.ints, values.map { Int64($0) })
        case .float(let value): (type, f) = (.float, value)
        case .text(let value): (type, s) = (.string, Data(value.utf8))
        }
    }
}

extension Onnx_TensorProto {
    /// - Parameter isSigned: Whether bytes are int8.
    init(name: String, _ tensor: Tensor, isSigned: Bool = false) {
        self.init()
        self.name = name
        dims = tensor.shape.map { Int64($0) }
        dataType = Int32((isSigned ? .int8 : tensor.dataType.messageType).rawValue)
        rawData = tensor.withUnsafeBytes { Data($0) }
    }
}

extension Onnx_ValueInfoProto {
    /// A tensor, of float32 by default.
    /// - Parameter names: The names of lengths that are not fixed; others are named after the tensor.
    init(
        name: String, _ shape: [TracedLength], _ names: [TracedLength: String],
        elementType: Onnx_TensorProto.DataType = .float, document: String
    ) {
        self.init()
        self.name = name
        docString = document
        type.tensorType.elemType = Int32(elementType.rawValue)
        type.tensorType.shape.dim = shape.enumerated().map { axis, length in
            var dimension = Onnx_TensorShapeProto.Dimension()
            if let fixed = length.fixed {
                dimension.dimValue = Int64(fixed)
            } else {
                dimension.dimParam = names[length] ?? "\(name)_\(axis)"
            }
            return dimension
        }
    }

    /// Its description in a report.
    var port: ExportReport.Port {
        ExportReport.Port(
            name: name,
            shape: type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam })
    }
}
