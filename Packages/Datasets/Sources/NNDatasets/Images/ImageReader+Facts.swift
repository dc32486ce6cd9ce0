import Foundation
import NNLayers

// What files tell by their headers.
extension ImageReader {
    /// The facts of a file; none where it cannot be read.
    func facts(ofFile path: String) -> ImageFacts {
        (try? FileBytes.read(path)).map(facts) ?? ImageFacts()
    }

    /// The facts of a sample's image; none where it cannot be read.
    func facts(of dataset: any Dataset, at index: Int) -> ImageFacts {
        (try? dataset.bytes(ofFile: 0, at: index)).map(facts) ?? ImageFacts()
    }

    /// The facts of a sample's image by its first 64 KB. The whole is read where they lack the size: TIFF has its
    /// headers anywhere, and large thumbnails push those of JPEG back.
    func headerFacts(of dataset: any Dataset, at index: Int) -> ImageFacts {
        guard let bytes = try? dataset.bytes(ofFile: 0, at: index, limit: 1 << 16) else { return ImageFacts() }
        let facts = facts(of: bytes)
        return facts.size == nil && bytes.count == 1 << 16 ? self.facts(of: dataset, at: index) : facts
    }

    /// Whether an image with these facts is read as floats.
    func givesFloats(_ facts: ImageFacts) -> Bool { facts.isFloat || facts.isDeep && keepsBits }

    /// The size of an image as it is read, by its headers; nil where they do not tell.
    func size(of bytes: [UInt8]) -> Size? { size(facts(of: bytes)) }

    /// The size of an image as it is read, by the facts of its file.
    func size(_ facts: ImageFacts) -> Size? {
        guard let size = facts.size else { return nil }
        let turns = orientation == .apply && facts.orientation.flatMap(ImageOrientation.init)?.exchangesSides == true
        return turns ? Size(height: size.width, width: size.height) : size
    }

    func facts(of bytes: [UInt8]) -> ImageFacts {
        formats.first { $0.recognizes(bytes) }?.facts(of: bytes) ?? ImageFacts()
    }

    /// Whether a file is stored with an EXIF orientation that would turn it, and that is not applied.
    @_spi(Internal) public func ignoresOrientation(ofFile path: String) -> Bool {
        orientation == .ignore && ImageTraits(facts(ofFile: path)).contains(.rotated)
    }

    /// Whether the image of a sample is stored with an EXIF orientation that would turn it, and that is not applied.
    @_spi(Internal) public func ignoresOrientation(of dataset: any Dataset, at index: Int) -> Bool {
        orientation == .ignore && !dataset.files(at: index).isEmpty
            && ImageTraits(facts(of: dataset, at: index)).contains(.rotated)
    }
}
