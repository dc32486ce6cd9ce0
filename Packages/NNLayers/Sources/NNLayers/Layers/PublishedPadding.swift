/// What convolutions and pools do at the edges of an image in networks that were published without padding.
public enum EdgePadding: String, Sendable, Codable, CaseIterable {
    /// They stay inside the image, as published: each edge loses pixels.
    case valid
    /// They are padded by half of their kernel, so that a feature map has the size of the image divided by its stride
    /// and decoders can combine feature maps.
    case same

    /// The zeros around an image.
    /// - Parameter kernel: An odd height and width.
    public func insets(kernel: Size) -> EdgeInsets {
        guard self == .same else { return 0 }
        let (rows, columns) = (kernel.height / 2, kernel.width / 2)
        return EdgeInsets(top: rows, bottom: rows, left: columns, right: columns)
    }
}

/// How strided convolutions and pools are padded, which differs between frameworks.
public enum StridedPadding: String, Sendable, Codable, CaseIterable {
    /// By half of the kernel at each edge, as in PyTorch.
    case symmetric
    /// As little as possible, the odd pixel at the bottom and right: `same` of TensorFlow and Keras. In images of even
    /// size, windows start a pixel later.
    case tensorflow

    /// The padding of a convolution.
    public func padding(kernel: Size, dilations: Size = 1) -> Padding {
        self == .symmetric ? .half(of: kernel, dilations: dilations) : .same
    }

    /// The padding of a pool.
    /// - Parameter map: The feature map, `[N, H, W, C]`.
    public func insets(for map: Tensor, kernel: Size, strides: Size, dilations: Size = 1) -> EdgeInsets {
        padding(kernel: kernel, dilations: dilations).insets(
            input: map.imageSize, kernel: kernel, strides: strides, dilations: dilations)
    }
}
