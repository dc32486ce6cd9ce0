import NNLayers

/// An operation of the network that a converter writes.
public struct ONNXStep {
    /// The name of the operation.
    public let operation: String
    public let inputs: [ONNXValue]
    let outputShapes: [[TracedLength]]
    let outputTypes: [DataType]
    /// The settings, in each trace.
    let attributes: [[String: OperationAttribute]]
    /// The convolution whose result this normalizes and into which it can be multiplied.
    var folded: FoldedConvolution?

    struct FoldedConvolution {
        let operation: String
        let inputs: [ONNXValue]
        let attributes: [[String: OperationAttribute]]
        let outputShape: [TracedLength]
    }

    /// The lengths of a result's dimensions as the network has them.
    public func shape(ofOutput output: Int = 0) -> [TracedLength] { outputShapes[output] }

    /// A result, to be returned by a converter.
    /// - Parameters:
    ///   - name: what a node gave.
    ///   - order: the network's axis that each axis of it is; by default the network's own order.
    public func result(_ name: String, order: [Int]? = nil, output: Int = 0) -> ONNXValue {
        ONNXValue(
            source: .computed(name), shape: outputShapes[output], dataType: outputTypes[output],
            order: order ?? ONNXValue.plainOrder(rank: outputShapes[output].count))
    }

    /// A setting of the operation; nil where it has none of this name.
    /// - Throws: An error where it changes with the images, so that no node can have it.
    public func attribute(_ name: String) throws -> OperationAttribute? {
        let values = Set(attributes.map { $0[name] })
        guard values.count == 1, let value = values.first else {
            throw SizeDependence("'\(name)' of '\(operation)' changes with the images")
        }
        return value
    }

    private func value<Value>(_ name: String, _ value: (OperationAttribute) -> Value?) throws -> Value {
        guard let found = try attribute(name).flatMap(value) else {
            throw ONNXExportError("the operation '\(operation)' does not state its '\(name)' as its converter expects")
        }
        return found
    }

    public func int(_ name: String) throws -> Int {
        try value(name) { if case .int(let value) = $0 { value } else { nil } }
    }

    public func ints(_ name: String) throws -> [Int] {
        try value(name) { if case .ints(let value) = $0 { value } else { nil } }
    }

    public func float(_ name: String) throws -> Float {
        try value(name) { if case .float(let value) = $0 { value } else { nil } }
    }

    public func bool(_ name: String) throws -> Bool {
        try value(name) { if case .bool(let value) = $0 { value } else { nil } }
    }

    public func text(_ name: String) throws -> String {
        try value(name) { if case .text(let value) = $0 { value } else { nil } }
    }

    /// Numbers of a setting that may change with the images, as lengths.
    func lengths(_ name: String) throws -> [TracedLength] {
        let lists = try attributes.map { attributes -> [Int] in
            guard case .ints(let list)? = attributes[name] else {
                throw ONNXExportError("the operation '\(operation)' does not state its '\(name)'")
            }
            return list
        }
        return lists[0].indices.map { place in TracedLength(lists.map { $0[place] }) }
    }
}

/// A tensor while a network is written: a constant, or a result of nodes.
///
/// The axes of the written tensor may be in another order than those of the network's: images are
/// `[N, H, W, C]` here and `[N, C, H, W]` in the file. Nodes that transpose are written only where an operation
/// cannot do without.
public struct ONNXValue: Sendable {
    enum Source {
        case constant(Tensor)
        /// The name in the file.
        case computed(String)
    }

    let source: Source
    /// The lengths of the dimensions as the network has them.
    public let shape: [TracedLength]
    public let dataType: DataType
    /// The axis of the network's tensor that each axis of the written one is; `[0, 3, 1, 2]` for images.
    public let order: [Int]

    public var rank: Int { shape.count }

    /// The values where they are constant, such as a weight.
    public var constant: Tensor? { if case .constant(let tensor) = source { tensor } else { nil } }

    /// The place of an axis, which may be counted from the end, in the written tensor.
    public func place(of axis: Int) -> Int {
        let axis = axis < 0 ? axis + rank : axis
        return order.firstIndex(of: axis) ?? axis
    }

    /// The lengths in the order of the file.
    var writtenShape: [TracedLength] { order.map { shape[$0] } }

    /// The order in which images are written.
    public static let imageOrder = [0, 3, 1, 2]

    /// The order of the network itself.
    public static func plainOrder(rank: Int) -> [Int] { Array(0..<rank) }

    var isConstant: Bool { constant != nil }
}
