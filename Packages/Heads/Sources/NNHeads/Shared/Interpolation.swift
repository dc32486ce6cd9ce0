import NNLayers

/// How a head brings maps to another size.
public enum Interpolation: String, Sendable, Codable, CaseIterable {
    /// Each pixel repeats the nearest.
    case nearest
    /// Between the four pixels around; the images' corners lie on each other.
    case bilinear
    /// Between the four pixels around; the centres of the corner pixels lie on each other.
    case bilinearAlignCorners = "bilinear_align_corners"

    var method: ResizeMethod {
        switch self {
        case .nearest: .nearest
        case .bilinear: .bilinear()
        case .bilinearAlignCorners: .bilinear(alignsCorners: true)
        }
    }
}

extension Tensor {
    /// The height and width of images `[N, H, W, C]`.
    var imageSize: Size { Size(height: shape[1], width: shape[2]) }

    /// The images `[N, H, W, C]` at another size; themselves where they have it.
    func resized(to size: Size, by interpolation: Interpolation) -> Tensor {
        size == imageSize ? self : resized(to: size, method: interpolation.method)
    }

    /// The images `[N, H, W, C]` at the size of another map.
    func resized(like map: Tensor, by interpolation: Interpolation) -> Tensor {
        resized(to: map.imageSize, by: interpolation)
    }
}
