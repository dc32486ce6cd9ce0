/// Enlarges `[N, H, W, C]` by whole factors.
public final class Upsample: Layer {
    public let factors: Size
    public let method: ResizeMethod

    public init(factors: Size, method: ResizeMethod = .nearest) {
        require(factors.height, .count, "Upsample: the factor of the height")
        require(factors.width, .count, "Upsample: the factor of the width")
        self.factors = factors
        self.method = method
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        // What is no image, or would be too large for one, is refused by the shape rule.
        func length(_ axis: Int, _ factor: Int) -> Int {
            guard input.rank == 4 else { return factor }
            let (product, isOverflow) = input.shape[axis].multipliedReportingOverflow(by: factor)
            return isOverflow ? .max : product
        }
        let size = Size(height: length(1, factors.height), width: length(2, factors.width))
        return input.resized(to: size, method: method)
    }
}
