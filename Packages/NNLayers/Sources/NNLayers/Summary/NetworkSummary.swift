/// The layers of a network with their output shapes, parameters and costs, derived from shapes alone.
public struct NetworkSummary: Sendable, Encodable {
    /// A layer.
    public struct Layer: Sendable, Encodable, Equatable {
        /// The dotted path in a state dictionary.
        public let path: String
        /// The class name.
        public let type: String
        /// The output shape, `[N, H, W, C]` or `[N, C]`; nil for a layer without operations, such as an identity.
        public let outputShape: [Int]?
        /// The number of elements of trainable and frozen parameters.
        public let parameters: Int
        /// The number of multiply-accumulate operations.
        public let multiplyAccumulates: Int
    }

    /// The height and width of the image.
    public let imageSize: [Int]
    /// The layers, in the order in which they finish.
    public let layers: [Layer]
    /// The number of elements of trainable and frozen parameters.
    public let parameters: Int
    /// The number of elements of trainable parameters.
    public let trainableParameters: Int
    /// The number of elements of frozen parameters.
    public let frozenParameters: Int
    /// The number of elements of parameters and floating-point buffers.
    public let parametersWithStatistics: Int
    /// The number of multiply-accumulate operations for one image.
    public let multiplyAccumulates: Int

    /// Traces a network with the shape of one image.
    /// - Throws: `ShapeError` for the first operation with incompatible inputs.
    public init(_ network: Network, imageSize size: Size) throws(ShapeError) {
        try self.init(network, imageSize: size, channels: network.backbone.inputChannels)
    }

    /// Traces a layer with the shape of one image, `[1, H, W, C]`.
    /// - Throws: `ShapeError` for the first operation with incompatible inputs.
    public init(_ network: some NNLayers.Layer, imageSize size: Size, channels: Int) throws(ShapeError) {
        let trace = Trace()
        let recorder = LayerRecorder(network, trace: trace)
        let image = trace.input(TensorSpecification(shape: [1, size.height, size.width, channels]))
        _ = network(image, .inference(observer: recorder))
        try trace.check()
        let count = network.parameterCount
        imageSize = [size.height, size.width]
        layers = recorder.layers
        parameters = count.parameters
        trainableParameters = count.trainable
        frozenParameters = count.frozen
        parametersWithStatistics = count.parameters + count.statistics
        multiplyAccumulates = trace.steps.reduce(0) { $0 + $1.multiplyAccumulates }
    }
}

extension NetworkSummary: CustomStringConvertible {
    /// A table of the layers, followed by totals.
    public var description: String {
        var table = TextTable(columns: ["layer", "type", "output", "parameters", "MACs"], leftAligned: 3)
        for layer in layers {
            table.add([
                layer.path, layer.type, layer.outputShape.map { Shape($0).description } ?? "",
                layer.parameters.grouped, layer.multiplyAccumulates.grouped,
            ])
        }
        return """
            \(table)

            parameters       \(parameters.grouped) (\(trainableParameters.grouped) trainable, \(frozenParameters.grouped) frozen)
            with statistics  \(parametersWithStatistics.grouped)
            MACs             \(multiplyAccumulates.grouped) for one image of \(Size(height: imageSize[0], width: imageSize[1]))
            """
    }
}

extension Network {
    /// Summarizes the layers with their output shapes, parameters and multiply-accumulate operations.
    ///
    /// ```swift
    /// print(try network.summary(imageSize: 224))
    /// ```
    /// - Throws: `ShapeError` for the first operation with incompatible inputs.
    public func summary(imageSize: Size) throws(ShapeError) -> NetworkSummary {
        try NetworkSummary(self, imageSize: imageSize)
    }
}

/// Lists the layers of a network in the order in which they finish.
///
/// A layer is a module that calls no other, or that has parameters or operations besides those of the modules that it
/// calls.
private final class LayerRecorder: ModuleObserver {
    private struct Call {
        let module: any Module
        let firstStep: Int
        /// The operations of modules that this one called.
        var innerMultiplyAccumulates = 0
        var callsOthers = false
    }

    private struct Row {
        let path: String
        let typeName: String
        let outputShape: Shape?
        let parameters: Int
        var multiplyAccumulates: Int
    }

    private let trace: Trace
    private let entries: [ObjectIdentifier: ModuleTree.Entry]
    private var calls: [Call] = []
    private var rows: [Row] = []
    /// The row of each layer: a layer that is called several times is listed once.
    private var rowIndices: [ObjectIdentifier: Int] = [:]

    init(_ network: some Module, trace: Trace) {
        self.trace = trace
        let entries = ModuleTree(network).entries
        self.entries = Dictionary(
            entries.map { (ObjectIdentifier($0.module), $0) }, uniquingKeysWith: { first, _ in first })
    }

    var layers: [NetworkSummary.Layer] {
        rows.map { row in
            NetworkSummary.Layer(
                path: row.path, type: row.typeName, outputShape: row.outputShape?.dimensions,
                parameters: row.parameters, multiplyAccumulates: row.multiplyAccumulates)
        }
    }

    func willCall(_ module: any Module) {
        if !calls.isEmpty { calls[calls.count - 1].callsOthers = true }
        calls.append(Call(module: module, firstStep: trace.steps.count))
    }

    func didCall(_ module: any Module) {
        let call = calls.removeLast()
        let steps = trace.steps[call.firstStep...]
        let multiplyAccumulates = steps.reduce(0) { $0 + $1.multiplyAccumulates }
        if !calls.isEmpty { calls[calls.count - 1].innerMultiplyAccumulates += multiplyAccumulates }
        note(
            module, outputShape: steps.last?.outputSpecifications.first?.shape,
            multiplyAccumulates: multiplyAccumulates - call.innerMultiplyAccumulates, isLeaf: !call.callsOthers)
    }

    private func note(_ module: any Module, outputShape: Shape?, multiplyAccumulates: Int, isLeaf: Bool) {
        let key = ObjectIdentifier(module)
        if let index = rowIndices[key] {
            rows[index].multiplyAccumulates += multiplyAccumulates
            return
        }
        let entry = entries[key]
        // The children of a leaf, such as the convolution in a fused block, are never called themselves.
        let parameters =
            isLeaf
            ? module.parameterCount.parameters
            : entry?.parameters.reduce(0) { $0 + $1.parameter.shape.elementCount } ?? 0
        guard isLeaf || parameters > 0 || multiplyAccumulates > 0 else { return }
        rowIndices[key] = rows.count
        rows.append(
            Row(
                path: Self.path(of: module, at: entry?.path ?? "", isLeaf: isLeaf), typeName: module.typeName,
                outputShape: outputShape, parameters: parameters,
                multiplyAccumulates: multiplyAccumulates))
    }

    /// The path of a layer. For a fused block without parameters of its own, the paths of the children that have some:
    /// `layer1.0.conv1+bn1`.
    private static func path(of module: any Module, at path: String, isLeaf: Bool) -> String {
        let parts = ModuleTree(module).entries.filter { !$0.parameters.isEmpty }.map(\.path)
        guard isLeaf, let first = parts.first, !parts.contains("") else { return path }
        let others = parts.dropFirst().map { "+" + ($0.split(separator: ".").last ?? "") }
        return (path.isEmpty ? first : "\(path).\(first)") + others.joined()
    }
}
