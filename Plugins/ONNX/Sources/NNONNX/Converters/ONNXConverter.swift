import NNLayers

/// How an operation is written as nodes of ONNX.
///
/// A custom operation is exported once its converter is registered, under the operation's name:
///
/// ```swift
/// try registry.register(.onnxConverter, "square", summary: "x * x") {
///     ONNXConverter { step, graph in
///         let input = step.inputs[0]
///         let name = graph.name(of: input)
///         return [step.result(graph.add("Mul", [name, name]), order: input.order)]
///     }
/// }
/// ```
///
/// Layers that are made of operations of this package need none.
public struct ONNXConverter: Sendable {
    /// Adds nodes to the graph and returns the results of the step, one for each of the operation.
    public let convert: @Sendable (ONNXStep, ONNXGraph) throws -> [ONNXValue]

    /// A converter that is a function.
    public init(_ convert: @escaping @Sendable (ONNXStep, ONNXGraph) throws -> [ONNXValue]) { self.convert = convert }
}

extension ONNXConverter {
    /// The converters of the operations of NNCore that a network can need in inference, by the operations' names.
    static let builtIn: [String: ONNXConverter] = [
        elementFunctions, arithmetic, convolutions, quantized, poolings, rearrangements, reductions, products,
        normalizations,
    ].reduce(into: [:]) { all, part in all.merge(part) { $1 } }

    /// An operation that works on each element by itself.
    static func elementwise(_ write: @escaping @Sendable (String, ONNXStep, ONNXGraph) throws -> String) -> Self {
        Self { step, graph in
            let input = step.inputs[0]
            return [step.result(try write(graph.name(of: input), step, graph), order: input.order)]
        }
    }
}
