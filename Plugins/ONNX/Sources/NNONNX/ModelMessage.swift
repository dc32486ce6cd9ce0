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
        message.metadataProps = Self.metadata(description, task: task, options).map { key, value in
            var entry = Onnx_StringStringEntryProto()
            (entry.key, entry.value) = (key, value)
            return entry
        }
        message.graph.name = description.name
        message.graph.node = graph.nodes.map { Onnx_NodeProto($0) }
        message.graph.initializer = graph.initializers.sorted { $0.key < $1.key }.map {
            Onnx_TensorProto(name: $0.key, $0.value)
        }
        let names = Self.dimensionNames(network)
        message.graph.input = [
            Onnx_ValueInfoProto(
                name: GraphWriter.inputName, ONNXValue.imageOrder.map { network.inputShape[$0] }, names,
                document: options.includeNormalization
                    ? "images [N, C, H, W] with pixels from 0 to 1"
                    : "images [N, C, H, W], normalized: (pixel / 255 - mean) / standard_deviation of the metadata")
        ]
        let shape = network.outputShape
        message.graph.output = [
            Onnx_ValueInfoProto(
                name: outputName, shape.count == 4 ? ONNXValue.imageOrder.map { shape[$0] } : shape, names,
                document: (task.isDense ? "[N, classes, H, W]" : "[N, classes]") + Self.meaning(task))
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

    private static func metadata(
        _ description: ExportDescription, task: PredictionTask, _ options: ONNXExporter.Options
    ) -> [(String, String)] {
        func json(_ value: some Encodable) -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .withoutEscapingSlashes
            return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        return [
            ("name", description.name), ("task", task.rawValue), ("class_names", json(description.classNames)),
            ("image_size", "\(description.imageSize)"), ("mean", json(description.mean)),
            ("standard_deviation", json(description.standardDeviation)),
            ("normalization_included", "\(options.includeNormalization)"),
        ] + (description.thresholds.map { [("thresholds", json($0))] } ?? [])
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
    init(name: String, _ tensor: Tensor) {
        self.init()
        self.name = name
        dims = tensor.shape.map { Int64($0) }
        dataType = Int32(tensor.dataType.messageType.rawValue)
        rawData = tensor.withUnsafeBytes { Data($0) }
    }
}

extension Onnx_ValueInfoProto {
    /// A float32 tensor.
    /// - Parameter names: The names of lengths that are not fixed; others are named after the tensor.
    init(name: String, _ shape: [TracedLength], _ names: [TracedLength: String], document: String) {
        self.init()
        self.name = name
        docString = document
        type.tensorType.elemType = Int32(Onnx_TensorProto.DataType.float.rawValue)
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
