import Foundation
import NNLayers

/// The pixels that a transform needs of an image, by which its file may be decoded at a fraction of its size.
///
/// JPEG files are decoded at eighths of their size by leaving out high frequencies, which is not the filter of a resize:
/// where as many pixels are left as the result has, values differ by 2.5 of 255 on average, and edges by up to 90. With
/// twice as many pixels a side the resize decides, and what is left is 0.5 to 0.9 on average, and at most 24 (40
/// photographs of streets, at 10 sizes). Pillow recommends twice as many, too, as `reducing_gap`.
public enum DecodingNeed: Hashable, Sendable {
    /// All pixels of the file, as by default: its result has their size, or shows single ones of them.
    case full
    /// Both sides have at least these lengths.
    case atLeast(Size)
    /// What the transforms after it need: it does the same at any size, and moves no pixel.
    case following

    /// How many times as many pixels a side as the result has are decoded.
    private static let margin: Float = 2

    /// The need of a transform that makes a part of each image smaller, by a filter that covers all pixels.
    /// - Parameters:
    ///   - size: The size of the result.
    ///   - smallest: The smallest part, as a fraction of a side of the image; 1 by default. It keeps as many pixels as
    ///     the result has.
    ///   - mean: The part on average, which keeps twice as many; nil, the default, for the smallest.
    ///   - interpolation: The filter; `nearest` needs all pixels, since it shows single ones.
    ///   - antialias: Whether the filter covers all pixels. If not, all are needed too.
    public static func reduction(
        to size: Size, smallest: Float = 1, mean: Float? = nil, interpolation: Image.Interpolation, antialias: Bool
    ) -> DecodingNeed {
        guard antialias, interpolation != .nearest, smallest > 0 else { return .full }
        let factor = max(1 / smallest, margin / (mean ?? smallest))
        func needed(_ length: Int) -> Int { Int((Float(length) * factor).rounded(.up)) }
        return .atLeast(Size(height: needed(size.height), width: needed(size.width)))
    }
}

extension [any Transform] {
    /// What both sides of an image must have at least before these transforms; nil for all pixels of its file.
    public var decodingSize: Size? {
        for transform in self {
            switch transform.decodingNeed {
            case .full: return nil
            case .atLeast(let size): return size
            case .following: continue
            }
        }
        return nil
    }
}

extension Resize {
    public var decodingNeed: DecodingNeed {
        .reduction(to: size.size, interpolation: interpolation, antialias: antialias)
    }
}

extension RandomSideCrop {
    public var decodingNeed: DecodingNeed {
        .reduction(
            to: size.size, smallest: minimumRatio, mean: (minimumRatio + maximumRatio) / 2,
            interpolation: interpolation, antialias: antialias)
    }
}

extension RandomResizedCrop {
    public var decodingNeed: DecodingNeed {
        // The shorter side of a crop of an area, as a fraction of the geometric mean of those of the image, which is at
        // least its shorter one.
        let ratio = max(maximumRatio, 1 / minimumRatio)
        func side(_ area: Float) -> Float { (area / ratio).squareRoot() }
        return .reduction(
            to: size.size, smallest: side(minimumArea), mean: side((minimumArea + maximumArea) / 2),
            interpolation: interpolation, antialias: antialias)
    }
}

// Transforms of colours: the same at any size.
extension ColorJitter {
    public var decodingNeed: DecodingNeed { .following }
}
extension Grayscale {
    public var decodingNeed: DecodingNeed { .following }
}
extension ToBGR {
    public var decodingNeed: DecodingNeed { .following }
}
