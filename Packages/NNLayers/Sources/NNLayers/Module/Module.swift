@_exported import NNCore

/// A part of a network that holds parameters or other modules.
///
/// Declare them with `@Parameter`, `@Buffer` and `@Child`; their names in a state dictionary follow
/// from the property names in snake case, as in PyTorch:
///
/// ```swift
/// final class Scale: Layer {
///     @Parameter var weight: Tensor
///
///     init(channels: Int) { weight = .ones([channels]) }
///
///     func forward(_ input: Tensor, context: Context) -> Tensor { input * weight }
/// }
/// ```
public protocol Module: AnyObject, CustomStringConvertible {
    /// The class name that summaries show; by default the name of the type.
    var typeName: String { get }
}

extension Module {
    public var typeName: String { String(describing: type(of: self)) }
}

/// A module that makes one tensor of one tensor.
///
/// It is also run on symbolic tensors, by which a network is proven, counted and exported: what it does may depend on
/// shapes, and not on values, which it must not read.
public protocol Layer: Module {
    /// Calculates the layer's result. Call the layer itself instead, `layer(input, context)`, so that
    /// observers see it.
    func forward(_ input: Tensor, context: Context) -> Tensor
}

extension Layer {
    /// Applies the layer.
    public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
        context.observe(self) { forward(input, context: context) }
    }
}
