/// A convolution of one shape, with its weight packed and its code chosen.
///
/// A backend returns one from `Backend.preparedConvolution`, to be run many times, by one thread or several.
public protocol PreparedConvolution: Sendable {
    /// Calculates what `Backend.convolution` does for the same input, to the bit.
    ///
    /// - Parameters:
    ///   - input: `[N, H, W, C]`, as it was prepared for.
    ///   - residual: `[N, OH, OW, O]`, where it was prepared with one.
    ///   - output: `[N, OH, OW, O]`, of which every element is written, through `unsafePointer`; no other tensor sees
    ///     its memory.
    func run(_ input: Tensor, residual: Tensor?, into output: Tensor)
}
