/// How feature maps and logits are resized, as configurations write it.
public enum Interpolation: String, Sendable, Codable, CaseIterable {
    /// The value of the nearest pixel.
    case nearest
    /// Bilinear; the corners of the images are aligned.
    case bilinear
    /// Bilinear; the centers of the corner pixels are aligned, as PyTorch's `align_corners=True` does.
    case bilinearAlignCorners = "bilinear_align_corners"

    /// The method of `Tensor.resized(to:method:)`.
    public var method: ResizeMethod {
        switch self {
        case .nearest: .nearest
        case .bilinear: .bilinear()
        case .bilinearAlignCorners: .bilinear(alignsCorners: true)
        }
    }
}

extension Tensor {
    /// The height and width of images `[N, H, W, C]`.
    public var imageSize: Size { Size(height: shape[1], width: shape[2]) }

    /// Resizes images `[N, H, W, C]`; returns them unchanged where they have the size already.
    public func resized(to size: Size, by interpolation: Interpolation) -> Tensor {
        size == imageSize ? self : resized(to: size, method: interpolation.method)
    }

    /// Resizes images `[N, H, W, C]` to the height and width of another map `[N, H, W, C]`.
    public func resized(like map: Tensor, by interpolation: Interpolation) -> Tensor {
        resized(to: map.imageSize, by: interpolation)
    }
}
