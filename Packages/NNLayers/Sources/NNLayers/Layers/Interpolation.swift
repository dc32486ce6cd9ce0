/// How a head resizes feature maps.
public enum Interpolation: String, Sendable, Codable, CaseIterable {
    /// Each pixel repeats the nearest.
    case nearest
    /// Between the four pixels around; the images' corners lie on each other.
    case bilinear
    /// Between the four pixels around; the centres of the corner pixels lie on each other.
    case bilinearAlignCorners = "bilinear_align_corners"

    /// The method of ``Tensor/resized(to:method:)``.
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

    /// Resizes images `[N, H, W, C]`; returns them as they are where they have the size.
    public func resized(to size: Size, by interpolation: Interpolation) -> Tensor {
        size == imageSize ? self : resized(to: size, method: interpolation.method)
    }

    /// Resizes images `[N, H, W, C]` to the height and width of another map.
    public func resized(like map: Tensor, by interpolation: Interpolation) -> Tensor {
        resized(to: map.imageSize, by: interpolation)
    }
}
