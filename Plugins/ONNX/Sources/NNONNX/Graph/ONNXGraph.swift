import NNLayers

/// The graph that converters add nodes to.
public final class ONNXGraph {
    public let opset: Int
    private(set) var nodes: [ONNXNode] = []
    private(set) var initializers: [String: Tensor] = [:]
    private let parameterNames: [ObjectIdentifier: String]
    private var usedNames: Set<String> = []
    private var typeCounts: [String: Int] = [:]
    /// Initializers that were added already, by memory and order.
    private var constantNames: [ConstantKey: String] = [:]
    private var transposedNames: [OrderKey: String] = [:]
    /// Where the length of a dimension can be asked for, for each that depends on the images.
    var lengthSources: [TracedLength: LengthSource] = [:]
    /// What nodes gave that need not be written twice, by what they calculate.
    private var knownResults: [String: String] = [:]

    private struct ConstantKey: Hashable {
        let memory: ObjectIdentifier
        let shape: Shape
        let order: [Int]
    }

    private struct OrderKey: Hashable {
        let name: String
        let order: [Int]
    }

    /// - Parameter parameterNames: those of the network's parameters, by the identity of their memory.
    init(opset: Int, parameterNames: [ObjectIdentifier: String] = [:]) {
        self.opset = opset
        self.parameterNames = parameterNames
    }

    /// Adds a node.
    /// - Parameters:
    ///   - type: an operator of ONNX, such as `Conv`.
    ///   - inputs: names of tensors; an empty one leaves an input out.
    ///   - domain: of an operator that is not ONNX's own.
    /// - Returns: The names of its results.
    public func add(
        _ type: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], outputCount: Int,
        domain: String = ""
    ) -> [String] {
        let name = unusedName(type)
        let outputs = (0..<outputCount).map { $0 == 0 ? name : unusedName("\(name)_\($0)") }
        nodes.append(ONNXNode(type: type, inputs: inputs, outputs: outputs, attributes: attributes, domain: domain))
        return outputs
    }

    /// Adds a node that has one result, and returns its name.
    public func add(
        _ type: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:], domain: String = ""
    ) -> String {
        add(type, inputs, attributes, outputCount: 1, domain: domain)[0]
    }

    /// The name of a value in the order of axes that it has, or in another.
    public func name(of value: ONNXValue, in order: [Int]? = nil) -> String {
        let order = order ?? value.order
        switch value.source {
        case .constant(let tensor): return initializer(tensor, order: order)
        case .computed(let name):
            guard order != value.order else { return name }
            let key = OrderKey(name: name, order: order)
            if let known = transposedNames[key] { return known }
            let permutation = order.map { value.place(of: $0) }
            let result = add("Transpose", [name], ["perm": .ints(permutation)])
            transposedNames[key] = result
            return result
        }
    }

    /// The name of a constant.
    /// - Parameters:
    ///   - name: what to call it; by default the parameter's name.
    ///   - order: the axis of the tensor that each axis of the constant is.
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

    /// The name of the parameter that holds these values; nil for other constants.
    public func parameterName(of tensor: Tensor) -> String? { parameterNames[tensor.memoryIdentity] }

    /// The name of a constant list of int64.
    public func integers(_ values: [Int]) -> String {
        shared("integers \(values)") {
            initializer(
                Tensor(values.map { Int64($0) }), name: "int64_" + values.map { "\($0)" }.joined(separator: "_"))
        }
    }

    /// The name of a constant number, of rank 0.
    public func number(_ value: Float) -> String {
        shared("number \(value.bitPattern)") { initializer(Tensor(scalar: value), name: "float_\(value)") }
    }

    /// What `make` adds, or what it added when it was called for the same before.
    func shared(_ description: String, _ make: () throws -> String) rethrows -> String {
        if let known = knownResults[description] { return known }
        let name = try make()
        knownResults[description] = name
        return name
    }

    /// A name that nothing in the graph has yet.
    func unusedName(_ wish: String) -> String {
        if usedNames.insert(wish).inserted { return wish }
        while true {
            typeCounts[wish, default: 0] += 1
            let name = "\(wish)_\(typeCounts[wish] ?? 0)"
            if usedNames.insert(name).inserted { return name }
        }
    }

    /// Removes nodes and constants that no output needs.
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

    /// Gives the result of a node the name that the file promises.
    func rename(_ name: String, to wanted: String) {
        for place in nodes.indices {
            nodes[place].inputs = nodes[place].inputs.map { $0 == name ? wanted : $0 }
            nodes[place].outputs = nodes[place].outputs.map { $0 == name ? wanted : $0 }
        }
    }
}

extension ONNXGraph {
    /// Brings operands that are broadcast to tensors that ONNX broadcasts in the same way.
    /// - Returns: Their names, and the order of axes of the result.
    public func broadcast(_ operands: [ONNXValue]) -> (names: [String], order: [Int]) {
        let rank = operands.map(\.rank).max() ?? 0
        let computed = operands.filter { $0.rank == rank && !$0.isConstant }
        // Images stay as they are; what meets them is brought to their order.
        let order =
            (computed.first { $0.order == ONNXValue.imageOrder } ?? computed.first)?.order
            ?? ONNXValue.plainOrder(rank: rank)
        return (operands.map { name(of: $0, broadcastIn: order) }, order)
    }

    /// The name of a value as an operand of a result with these axes, of which it may lack the first.
    private func name(of value: ONNXValue, broadcastIn order: [Int]) -> String {
        let missing = order.count - value.rank
        let ownOrder = order.filter { $0 >= missing }.map { $0 - missing }
        guard missing > 0, value.rank > 0 else { return name(of: value, in: ownOrder) }
        // Axes that it lacks stand between its own ones, unless they come first.
        let places = order.indices.drop { order[$0] < missing }
        let added = places.filter { order[$0] < missing }.map { $0 - places.startIndex }
        guard !added.isEmpty else { return name(of: value, in: ownOrder) }
        if let tensor = value.constant {
            var shape = ownOrder.map { tensor.shape[$0] }
            for place in added { shape.insert(1, at: place) }
            return shared("constant \(name(of: value, in: ownOrder)) as \(shape)") {
                let reordered = withoutGradients { tensor.transposed(ownOrder).reshaped(Shape(shape)) }
                return initializer(reordered, name: parameterName(of: tensor))
            }
        }
        let reordered = name(of: value, in: ownOrder)
        return shared("unsqueezed \(reordered) \(added)") { add("Unsqueeze", [reordered, integers(added)]) }
    }
}

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
