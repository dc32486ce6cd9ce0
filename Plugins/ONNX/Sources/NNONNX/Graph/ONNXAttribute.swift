import NNLayers

/// A setting of a node.
public enum ONNXAttribute: Hashable, Sendable {
    case int(Int)
    case ints([Int])
    case float(Float)
    case text(String)
}

/// A node of the graph: an operator of ONNX that is applied to tensors by name.
struct ONNXNode {
    var type: String
    /// An empty name leaves an input out.
    var inputs: [String]
    var outputs: [String]
    var attributes: [String: ONNXAttribute]
    /// The domain of the operator; empty for ONNX's own.
    var domain: String
}

extension DataType {
    /// What ONNX calls the type of an element.
    var messageType: Onnx_TensorProto.DataType {
        switch self {
        case .float32: .float
        case .bfloat16: .bfloat16
        case .int32: .int32
        case .int64: .int64
        case .uint8: .uint8
        }
    }
}
