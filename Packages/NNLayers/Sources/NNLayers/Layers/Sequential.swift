/// Layers one after the other, named `0`, `1`, ...
public final class Sequential: Layer {
    @Child public var layers: [any Layer]

    public init(_ layers: [any Layer]) { _layers = Child(wrappedValue: layers, "") }
    public convenience init(_ layers: any Layer...) { self.init(layers) }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        layers.reduce(input) { $1($0, context) }
    }
}

/// Hands its input on.
public final class Identity: Layer {
    public init() {}

    public func forward(_ input: Tensor, context: Context) -> Tensor { input }
}

/// Joins all dimensions but the first: `[N, ...]` to `[N, product]`.
public final class Flatten: Layer {
    public init() {}

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        input.reshaped([input.shape[0], input.elementCount / max(input.shape[0], 1)])
    }
}
