@_spi(Internal) import NNDatasets
import NNLayers
import NNPlotting

/// How a prediction is explained.
public enum ExplanationMethod: Sendable, Hashable {
    /// Grad-CAM (Selvaraju et al. 2017): the feature maps of a backbone, weighted by the mean gradients of the class's
    /// logit by them. Of a segmenter, by those of the mean logit of the pixels that are predicted as the class
    /// (Vinogradova et al. 2020).
    ///
    /// `stage` is the index of the feature map among those of the backbone, from fine to coarse; nil for the last one.
    case gradCAM(stage: Int? = nil)
    /// How far the probability of the class falls where a patch of the image's mean colour lies (Zeiler and Fergus 2014).
    ///
    /// `patch` is the side of the square in pixels of the image after the transforms of validation; nil for 32, or for a
    /// quarter of the shorter side where that is less. `stride` is the distance from one square to the next, at most
    /// `patch`; nil for half of it.
    case occlusion(patch: Int? = nil, stride: Int? = nil)
}

/// Which parts of an image speak for a class.
public struct Explanation: Sendable {
    /// How it was found.
    public let method: ExplanationMethod
    /// How much each pixel speaks for the class: float32 `[H, W]` at the size of the image; NaN for pixels that the network
    /// does not see, such as those that a crop leaves out.
    ///
    /// Grad-CAM has values of 0 or more without a unit, which are comparable within one image. Occlusion has the fall of the
    /// probability, from -1 to 1; where it is negative, the class becomes more likely without the pixel.
    public let map: Tensor
    /// The index of the class.
    public let classIndex: Int
    /// The name of the class, or its index if it has none.
    public let className: String
    /// The class's logit, before softmax or sigmoid; of a segmenter, the mean over the pixels that are predicted as it.
    public let score: Float
    /// The probability of the class, from 0 to 1; of a segmenter, the mean over the same pixels.
    public let probability: Float

    /// The size of the image.
    public var size: Size { Size(height: map.shape[0], width: map.shape[1]) }

    /// The largest value of the map; 0 where nothing speaks for the class.
    public var maximum: Float { map.floats.reduce(0) { $1 > $0 ? $1 : $0 } }

    /// The row and column with the largest value; nil where nothing speaks for the class.
    public var peak: (row: Int, column: Int)? {
        let (values, maximum) = (map.floats, maximum)
        guard maximum > 0, let index = values.firstIndex(of: maximum) else { return nil }
        return (index / size.width, index % size.width)
    }

    /// The map in colours over the image that it explains, or its first three channels: black for 0 and less, light yellow
    /// for the largest value. Pixels that the network does not see stay as they are.
    /// - Parameters:
    ///   - image: The image, in the size of the map.
    ///   - opacity: That of the colours, from 0 to 1; 0.5 by default.
    ///   - scale: The colours, `ColorScale.inferno` by default.
    public func overlay(on image: Image, opacity: Float = 0.5, scale: ColorScale = .inferno) -> Image {
        require(image.size == size, "overlay: a map of \(size) over an image of \(image.size)")
        let (values, maximum) = (map.floats, maximum)
        let shown = image.view()
        let colors = scale.image(of: values.map { maximum > 0 ? $0 / maximum : 0 }, size: size)
        let painted = shown.overlaid(colors, opacity: opacity).pixels
        var result = shown
        result.withUnsafeMutablePixels { pixels in
            for (index, value) in values.enumerated() where !value.isNaN {
                for channel in 3 * index..<3 * index + 3 { pixels[channel] = painted[channel] }
            }
        }
        return result
    }

    /// What the colours of ``overlay(on:opacity:scale:)`` mean.
    public func colorBar(_ scale: ColorScale = .inferno) -> ColorBar { Self.colorBar(of: method, scale) }

    /// What the colours of overlays by a method mean.
    public static func colorBar(of method: ExplanationMethod, _ scale: ColorScale = .inferno) -> ColorBar {
        switch method {
        case .gradCAM: ColorBar(scale, low: "none", high: "most in this image", title: "evidence for the class")
        case .occlusion:
            ColorBar(scale, low: "none", high: "most in this image", title: "fall of the probability if hidden")
        }
    }
}
