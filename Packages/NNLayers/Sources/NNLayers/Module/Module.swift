@_exported import NNCore

/// A part of a network that holds parameters or other modules, like `torch.nn.Module`.
///
/// Parameters, buffers and children are declared with ``Parameter``, ``Buffer`` and ``Child``. Their names in a state
/// dictionary are the property names in snake case, as in PyTorch:
///
/// ```swift
/// final class Scale: Layer {
///     @Parameter var weight: Tensor
///
///     init(channels: Int) { weight = .ones([channels]) }
///
///     func forward(_ input: Tensor, context: Context) -> Tensor { input * weight.cast(to: input.dataType) }
/// }
/// ```
public protocol Module: AnyObject, CustomStringConvertible {
    /// The class name that summaries show; by default the name of the type.
    var typeName: String { get }
}

extension Module {
    public var typeName: String { String(describing: type(of: self)) }
}

/// A module that maps one tensor to one tensor.
///
/// Layers also run on symbolic tensors, which check, summarize and export a network without values. The calculation may
/// therefore depend on shapes, but must not read values.
public protocol Layer: Module {
    /// Whether the layer is calculated again in the backward pass, and keeps its input alone, where a context
    /// ``Context/checkpoints``; false by default. It is true of the blocks that networks consist of.
    var isCheckpointed: Bool { get }

    /// Calculates the output. Call the layer itself instead, `layer(input, context)`, so that observers see the call.
    func forward(_ input: Tensor, context: Context) -> Tensor
}

extension Layer {
    /// Calculates the output by ``forward(_:context:)``, seen by the observers of the context.
    public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
        context.observe(self) {
            guard isCheckpointed, context.checkpoints else { return forward(input, context: context) }
            return context.checkpointed([self], input) { self.forward($0, context: $1) }
        }
    }

    public var isCheckpointed: Bool { false }
}
