/// Enlarges `[N, H, W, C]` by whole factors.
public final class Upsample: Layer {
    public let factors: Size
    public let method: ResizeMethod

    public init(factors: Size, method: ResizeMethod = .nearest) {
        self.factors = factors
        self.method = method
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        let size = Size(height: input.shape[1] * factors.height, width: input.shape[2] * factors.width)
        return input.resized(to: size, method: method)
    }
}
