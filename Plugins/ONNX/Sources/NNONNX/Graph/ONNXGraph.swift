@_spi(Kernels) import NNCore
import NNLayers

/// The graph of an ONNX file, to which converters add nodes.
public final class ONNXGraph {
    /// The version of the ONNX operators.
    public let opset: Int
    private(set) var nodes: [ONNXNode] = []
    private(set) var initializers: [String: Tensor] = [:]
    /// The constants of uint8 that are written as int8, with 128 as 0.
    private(set) var signedInitializers: Set<String> = []
    private let parameterNames: [ObjectIdentifier: String]
    private var usedNames: Set<String> = []
    private var typeCounts: [String: Int] = [:]
    /// The names of constants that were added already.
    private var constantNames: [ConstantKey: String] = [:]
    private var transposedNames: [OrderKey: String] = [:]
    /// The dimensions that lengths which depend on the images can be read from.
    var lengthSources: [TracedLength: LengthSource] = [:]
    /// The names of results that need not be calculated twice, by a description of them.
    private var knownResults: [String: String] = [:]

    private struct ConstantKey: Hashable {
        let memory: ObjectIdentifier
        let shape: Shape
        let order: [Int]
    }

    private struct OrderKey: Hashable {
        let name: String
        let permutation: [Int]
    }

    /// - Parameter parameterNames: The names of the parameters, by the identity of their memory.
    init(opset: Int, parameterNames: [ObjectIdentifier: String] = [:]) {
        self.opset = opset
        self.parameterNames = parameterNames
    }

    /// Adds a node.
    /// - Parameters:
    ///   - type: An operator, such as `Conv`.
    ///   - inputs: The names of its inputs; an empty one omits an input.
    ///   - attributes: The attributes, by name.
    ///   - outputCount: The number of results.
    ///   - domain: The domain of the operator; empty for those of ONNX itself.
    /// - Returns: The names of the results.
    public func add(
        _ type: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], outputCount: Int,
        domain: String = ""
    ) -> [String] {
        let name = unusedName(type)
        let outputs = (0..<outputCount).map { $0 == 0 ? name : unusedName("\(name)_\($0)") }
        nodes.append(ONNXNode(type: type, inputs: inputs, outputs: outputs, attributes: attributes, domain: domain))
        return outputs
    }

    /// Adds a node with one result, and returns its name.
    public func add(
        _ type: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], domain: String = ""
    ) -> String {
        add(type, inputs, attributes, outputCount: 1, domain: domain)[0]
    }

    /// The name of a tensor, transposed if necessary.
    /// - Parameters:
    ///   - value: The tensor.
    ///   - order: The axis of the network for each axis of the tensor; by default the one that it has.
    public func name(of value: ONNXValue, in order: [Int]? = nil) -> String {
        let order = order ?? value.order
        switch value.source {
        case .constant(let tensor): return initializer(tensor, order: order)
        case .computed(let name):
            guard order != value.order else { return name }
            // The same name may stand for tensors whose axes are named differently, as a transposition names them.
            let permutation = order.map { value.position(of: $0) }
            let key = OrderKey(name: name, permutation: permutation)
            if let known = transposedNames[key] { return known }
            let result = add("Transpose", [name], ["perm": .ints(permutation)])
            transposedNames[key] = result
            return result
        }
    }

    /// Adds a constant, unless it was added before, and returns its name.
    /// - Parameters:
    ///   - tensor: The values.
    ///   - name: Its preferred name; by default that of the parameter.
    ///   - order: The axis of `tensor` for each axis of the constant; by default its own order.
    public func initializer(_ tensor: Tensor, name: String? = nil, order: [Int]? = nil) -> String {
        let order = order ?? ONNXValue.plainOrder(rank: tensor.rank)
        let key = ConstantKey(memory: tensor.memoryIdentity, shape: tensor.shape, order: order)
        if let known = constantNames[key] { return known }
        let isPlain = order == ONNXValue.plainOrder(rank: tensor.rank)
        let result = unusedName(name ?? parameterName(of: tensor) ?? "constant")
        initializers[result] = isPlain ? tensor : withoutGradients { tensor.transposed(order) }
        constantNames[key] = result
        return result
    }

    /// Adds a constant of int8 from bytes in which 128 is 0, and returns its name.
    func signedInitializer(_ bytes: Tensor, name: String) -> String {
        let signed = Tensor(bytes.scalars(as: UInt8.self).map { $0 ^ 128 }, shape: bytes.shape)
        let result = initializer(signed, name: name)
        signedInitializers.insert(result)
        return result
    }

    /// The name of the parameter with these values; nil for other constants.
    public func parameterName(of tensor: Tensor) -> String? { parameterNames[tensor.memoryIdentity] }

    /// The name of a constant list of integers, `[count]` in int64.
    public func integers(_ values: [Int]) -> String {
        shared("integers \(values)") {
            initializer(
                Tensor(values.map { Int64($0) }), name: "int64_" + values.map { "\($0)" }.joined(separator: "_"))
        }
    }

    /// The name of a constant number, `[]` in float32.
    public func number(_ value: Float) -> String {
        shared("number \(value.bitPattern)") { initializer(Tensor(scalar: value), name: "float_\(value)") }
    }

    /// The name of a constant whole number, int64 of rank 0.
    func int64Scalar(_ value: Int) -> String {
        shared("int64 \(value)") { initializer(Tensor(scalar: Int64(value)), name: "int64_scalar_\(value)") }
    }

    /// The result of `make`, or the one that it had for the same description before.
    func shared(_ description: String, _ make: () throws -> String) rethrows -> String {
        if let known = knownResults[description] { return known }
        let name = try make()
        knownResults[description] = name
        return name
    }

    /// A name that is not used in the graph yet.
    func unusedName(_ wish: String) -> String {
        if usedNames.insert(wish).inserted { return wish }
        while true {
            typeCounts[wish, default: 0] += 1
            let name = "\(wish)_\(typeCounts[wish] ?? 0)"
            if usedNames.insert(name).inserted { return name }
        }
    }

    /// Removes nodes and constants that no output depends on.
    func prune(keeping outputs: [String]) {
        var needed = Set(outputs)
        var kept: [ONNXNode] = []
        for node in nodes.reversed() where !needed.isDisjoint(with: node.outputs) {
            needed.formUnion(node.inputs)
            kept.append(node)
        }
        nodes = kept.reversed()
        initializers = initializers.filter { needed.contains($0.key) }
    }

    /// Renames a tensor.
    func rename(_ name: String, to wanted: String) {
        for index in nodes.indices {
            nodes[index].inputs = nodes[index].inputs.map { $0 == name ? wanted : $0 }
            nodes[index].outputs = nodes[index].outputs.map { $0 == name ? wanted : $0 }
        }
    }
}

extension ONNXGraph {
    /// Prepares operands for broadcasting: the tensors that ONNX broadcasts in the same way as the network.
    /// - Returns: Their names, and the order of axes of the result.
    public func broadcast(_ operands: [ONNXValue]) -> (names: [String], order: [Int]) {
        let rank = operands.map(\.rank).max() ?? 0
        let computed = operands.filter { $0.rank == rank && !$0.isConstant }
        // Images stay as they are; other operands are brought to their order.
        let order =
            (computed.first { $0.order == ONNXValue.imageOrder } ?? computed.first)?.order
            ?? ONNXValue.plainOrder(rank: rank)
        return (operands.map { name(of: $0, broadcastIn: order) }, order)
    }

    /// The name of an operand of a result with these axes, the first of which it may lack.
    private func name(of value: ONNXValue, broadcastIn order: [Int]) -> String {
        let missing = order.count - value.rank
        let ownOrder = order.filter { $0 >= missing }.map { $0 - missing }
        guard missing > 0, value.rank > 0 else { return name(of: value, in: ownOrder) }
        // The axes that it lacks are between its own, unless they come first.
        let indices = order.indices.drop { order[$0] < missing }
        let added = indices.filter { order[$0] < missing }.map { $0 - indices.startIndex }
        guard !added.isEmpty else { return name(of: value, in: ownOrder) }
        if let tensor = value.constant {
            var shape = ownOrder.map { tensor.shape[$0] }
            for index in added { shape.insert(1, at: index) }
            return shared("constant \(name(of: value, in: ownOrder)) as \(shape)") {
                let reordered = withoutGradients { tensor.transposed(ownOrder).reshaped(Shape(shape)) }
                return initializer(reordered, name: parameterName(of: tensor))
            }
        }
        let reordered = name(of: value, in: ownOrder)
        return shared("unsqueezed \(reordered) \(added)") { add("Unsqueeze", [reordered, integers(added)]) }
    }
}

/// An attribute of a node.
public enum ONNXAttribute: Hashable, Sendable {
    /// An integer.
    case int(Int)
    /// A list of integers.
    case ints([Int])
    /// A floating-point number.
    case float(Float)
    /// A string.
    case text(String)
}

/// A node of the graph: an operator that is applied to tensors by name.
struct ONNXNode {
    var type: String
    /// An empty name omits an input.
    var inputs: [String]
    var outputs: [String]
    var attributes: [String: ONNXAttribute]
    /// The domain of the operator; empty for those of ONNX itself.
    var domain: String
}

extension DataType {
    /// The element type in ONNX.
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
