import NNLayers

/// How windows that stride reach over the edges of an image.
public enum StridedPadding: String, Sendable, Codable, CaseIterable {
    /// By half of the kernel at each edge, as in PyTorch.
    case symmetric
    /// As little as will do, the odd pixel at the bottom and right: TensorFlow's and Keras's `same`. In images of
    /// even size, windows lie a pixel further on.
    case tensorflow

    /// The padding of a convolution.
    func padding(kernel: Size, dilations: Size = 1) -> Padding {
        self == .symmetric ? .half(of: kernel, dilations: dilations) : .same
    }

    /// The padding of a pooling over a map `[N, H, W, C]`.
    func insets(for map: Tensor, kernel: Size, strides: Size, dilations: Size) -> EdgeInsets {
        padding(kernel: kernel, dilations: dilations).insets(
            input: Size(height: map.shape[1], width: map.shape[2]), kernel: kernel, strides: strides,
            dilations: dilations)
    }
}
