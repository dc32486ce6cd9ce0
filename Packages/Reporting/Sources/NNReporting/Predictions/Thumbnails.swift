import Foundation
@_spi(Internal) import NNDatasets
import NNLayers

/// Makes small images of samples for a page, within it as `data:` addresses.
struct Thumbnails {
    /// The samples.
    let dataset: any Dataset
    /// The longer side in pixels; smaller images keep their size, and style sheets enlarge them.
    var side = 96
    /// Images of this side are stored exactly; larger ones as JPEG, which takes a fourth of the bytes.
    private static let largestExact = 48

    /// The image of a sample, with a description for those who do not see it; a text where it cannot be read.
    func image(at index: Int, description: String) -> HTML {
        guard dataset.features == nil, let sample = try? dataset.sample(at: index, atLeast: Size(side)) else {
            return HTML("span", ["class": "nnp-none"], text: "no image")
        }
        return image(sample.image.view(channels: dataset.imageReader.viewChannels), description: description)
    }

    /// An RGB image.
    func image(_ image: Image, description: String) -> HTML {
        let fitted = fitted(image, by: .bilinear)
        let isExact = max(fitted.height, fitted.width) <= Self.largestExact
        let bytes =
            isExact
            ? try? fitted.encodedPNG(file: description) : try? fitted.encodedJPEG(file: description, quality: 80)
        return element(bytes, isExact ? "png" : "jpeg", fitted.size, description)
    }

    /// A mask in the colours of its indices.
    func mask(_ mask: Image, palette: [Color], description: String) -> HTML {
        let fitted = fitted(mask, by: .nearest)
        return element(
            try? fitted.encodedPNG(file: description, palette: palette), "png", fitted.size, description)
    }

    /// The image in the size of a thumbnail, never enlarged.
    func fitted(_ image: Image, by interpolation: Image.Interpolation) -> Image {
        let longer = max(image.height, image.width)
        guard longer > side else { return image }
        func scaled(_ length: Int) -> Int { max(length * side / longer, 1) }
        return image.resized(
            to: Size(height: scaled(image.height), width: scaled(image.width)), interpolation: interpolation)
    }

    private func element(_ bytes: [UInt8]?, _ format: String, _ size: Size, _ description: String) -> HTML {
        guard let bytes else { return HTML("span", ["class": "nnp-none"], text: "no image") }
        return HTML(
            "img",
            [
                "src": "data:image/\(format);base64,\(Data(bytes).base64EncodedString())", "alt": description,
                "width": "\(size.width)", "height": "\(size.height)", "loading": "lazy",
            ])
    }

    /// The path of a sample's file, or its number.
    func path(at index: Int) -> String { dataset.files(at: index).first ?? "sample \(index)" }

    /// The last two parts of the path, which tell samples apart.
    func name(at index: Int) -> String {
        path(at: index).split(separator: "/").suffix(2).joined(separator: "/")
    }
}
