import NNLayers

/// An operation of the network, to be written by a converter.
public struct ONNXStep {
    /// The name of the operation.
    public let operation: String
    /// The inputs, as they are in the file.
    public let inputs: [ONNXValue]
    let outputShapes: [[TracedLength]]
    let outputTypes: [DataType]
    /// The attributes in each trace.
    let attributes: [[String: OperationAttribute]]
    /// The convolution before this normalization, into which it can be folded.
    var folded: FoldedConvolution?

    struct FoldedConvolution {
        let operation: String
        let inputs: [ONNXValue]
        let attributes: [[String: OperationAttribute]]
        let outputShape: [TracedLength]
    }

    /// The dimensions of a result, in the order of the network.
    public func shape(ofOutput output: Int = 0) -> [TracedLength] { outputShapes[output] }

    /// Describes a result, to be returned by a converter.
    /// - Parameters:
    ///   - name: The name of the tensor in the file.
    ///   - order: The axis of the network for each axis of the tensor; by default the order of the network.
    ///   - output: The index of the result.
    public func result(_ name: String, order: [Int]? = nil, output: Int = 0) -> ONNXValue {
        ONNXValue(
            source: .computed(name), shape: outputShapes[output], dataType: outputTypes[output],
            order: order ?? ONNXValue.plainOrder(rank: outputShapes[output].count))
    }

    /// An attribute of the operation; nil if it has none of this name.
    /// - Throws: An error if it depends on the size of the images, which a node cannot express.
    public func attribute(_ name: String) throws -> OperationAttribute? {
        let values = Set(attributes.map { $0[name] })
        guard values.count == 1, let value = values.first else {
            throw SizeDependence("'\(name)' of '\(operation)' depends on the images")
        }
        return value
    }

    private func value<Value>(_ name: String, _ value: (OperationAttribute) -> Value?) throws -> Value {
        guard let found = try attribute(name).flatMap(value) else {
            throw ONNXExportError(
                "the operation '\(operation)' has no attribute '\(name)' of the type that its converter expects")
        }
        return found
    }

    /// An integer attribute.
    /// - Throws: ``ONNXExportError`` if there is none of this name; as ``attribute(_:)`` does.
    public func int(_ name: String) throws -> Int {
        try value(name) { if case .int(let value) = $0 { value } else { nil } }
    }

    /// An attribute that is a list of integers.
    /// - Throws: ``ONNXExportError`` if there is none of this name; as ``attribute(_:)`` does.
    public func ints(_ name: String) throws -> [Int] {
        try value(name) { if case .ints(let value) = $0 { value } else { nil } }
    }

    /// A floating-point attribute.
    /// - Throws: ``ONNXExportError`` if there is none of this name; as ``attribute(_:)`` does.
    public func float(_ name: String) throws -> Float {
        try value(name) { if case .float(let value) = $0 { value } else { nil } }
    }

    /// A Boolean attribute.
    /// - Throws: ``ONNXExportError`` if there is none of this name; as ``attribute(_:)`` does.
    public func bool(_ name: String) throws -> Bool {
        try value(name) { if case .bool(let value) = $0 { value } else { nil } }
    }

    /// A text attribute.
    /// - Throws: ``ONNXExportError`` if there is none of this name; as ``attribute(_:)`` does.
    public func text(_ name: String) throws -> String {
        try value(name) { if case .text(let value) = $0 { value } else { nil } }
    }

    /// A list of integers that may depend on the images, as lengths.
    func lengths(_ name: String) throws -> [TracedLength] {
        let lists = try attributes.map { attributes -> [Int] in
            guard case .ints(let list)? = attributes[name] else {
                throw ONNXExportError("the operation '\(operation)' has no attribute '\(name)'")
            }
            return list
        }
        return lists[0].indices.map { index in TracedLength(lists.map { $0[index] }) }
    }
}

/// A tensor of the network while it is written: a constant, or the result of a node.
///
/// The axes of the tensor in the file may have another order than in the network: images are `[N, H, W, C]` here and
/// `[N, C, H, W]` in the file. Transpositions are written only for operations that depend on the order.
public struct ONNXValue: Sendable {
    enum Source {
        case constant(Tensor)
        /// The name of the tensor in the file.
        case computed(String)
    }

    let source: Source
    /// The dimensions, in the order of the network.
    public let shape: [TracedLength]
    /// The element type.
    public let dataType: DataType
    /// The axis of the network for each axis of the tensor in the file; `[0, 3, 1, 2]` for images.
    public let order: [Int]

    /// The number of dimensions.
    public var rank: Int { shape.count }

    /// The values of a constant, such as a weight; nil for others.
    public var constant: Tensor? { if case .constant(let tensor) = source { tensor } else { nil } }

    /// The axis of the tensor in the file for one of the network, where -1 is the last.
    public func position(of axis: Int) -> Int {
        let axis = axis < 0 ? axis + rank : axis
        return order.firstIndex(of: axis) ?? axis
    }

    /// The dimensions in the order of the file.
    var writtenShape: [TracedLength] { order.map { shape[$0] } }

    /// The order of images in the file, `[N, C, H, W]`.
    public static let imageOrder = [0, 3, 1, 2]

    /// The order of the network.
    public static func plainOrder(rank: Int) -> [Int] { Array(0..<rank) }

    var isConstant: Bool { constant != nil }
}
