import Foundation
import NNLayers

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
    /// - Parameter names: of lengths that are not fixed; others are named after the tensor.
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

    /// What a report says of it.
    var port: ExportReport.Port {
        ExportReport.Port(
            name: name,
            shape: type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam })
    }
}
