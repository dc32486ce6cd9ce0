import NNDatasets
import NNCore
import Testing

extension TemporaryFolder {
    /// Writes a picture of one shade and, with the same size, a mask of some labels in its first pixels.
    func writePair(
        _ image: String, _ mask: String, labels: [UInt8], size: Size = Size(height: 2, width: 3), shade: UInt8 = 0
    ) throws {
        let picture = Image(size: size, filledWith: shade)
        if image.hasSuffix(".jpg") {
            try picture.writeJPEG(to: file(image))
        } else {
            try picture.writePNG(to: file(image))
        }
        try writeMask(mask, labels: labels, size: size)
    }

    func writeMask(_ path: String, labels: [UInt8], size: Size = Size(height: 2, width: 3)) throws {
        var mask = Image(size: size, channels: 1)
        mask.withUnsafeMutablePixels { for (index, label) in labels.enumerated() { $0[index] = label } }
        try mask.writePNG(to: file(path))
    }
}

extension Dataset {
    /// The labels of a sample's mask.
    func labels(at index: Int) throws -> [UInt8] {
        guard case .mask(let mask) = try sample(at: index).target else { return [] }
        return mask.pixels
    }
}
