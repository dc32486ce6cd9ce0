import NNLayers

/// Whether images are decoded at a fraction of their size where that is enough.
public enum DecodingPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// Files of formats that can, such as JPEG, are decoded at the smallest fraction of their size that the transforms of
    /// the sample need, see ``Transform/decodingNeed``: in a third of the time, for a photograph of 12 megapixels that is
    /// resized to 224 pixels. Values of the result differ by less than 1 of 255 on average.
    case reduced
    /// All pixels are decoded.
    case full
}

/// An image that was decoded at a fraction of its size, and where in it the pixels of the file are.
///
/// The last row and column may stand for fewer pixels of the file than the others: 1001 of them become 125 and an eighth,
/// and are decoded as 126. Counted as whole ones they would move everything, by up to half a pixel of a resized image.
struct Reduction: Hashable, Sendable {
    /// The size of the image in its file, turned upright.
    let fullSize: Size
    /// The size of the image as it was decoded, turned upright.
    let size: Size
    /// The pixels along a side for each of the file.
    private let scale: Double
    /// Where the file begins, in pixels of the image: not at 0 where turning has moved the broken pixels there.
    private let (top, left): (Double, Double)

    /// - Parameters:
    ///   - stored: The size of the image in its file, as it is stored.
    ///   - decoded: The size at which it was decoded, before it was turned.
    ///   - scale: The pixels along a side for each of the file.
    ///   - turn: How it was turned; nil where it was not.
    init(of stored: Size, to decoded: Size, scale: Double, turned turn: ImageOrientation?) {
        let turn = turn ?? .upright
        func upright(_ size: Size) -> Size {
            turn.exchangesSides ? Size(height: size.width, width: size.height) : size
        }
        fullSize = upright(stored)
        size = upright(decoded)
        self.scale = scale
        let isMirrored = [.mirrored, .upsideDown, .turnedLeft, .transversed].contains(turn)
        let isUpsideDown = [.upsideDown, .mirroredUpsideDown, .transversed, .turnedRight].contains(turn)
        top = isUpsideDown ? Double(size.height) - Double(fullSize.height) * scale : 0
        left = isMirrored ? Double(size.width) - Double(fullSize.width) * scale : 0
    }

    /// The pixels of the image that have a part of the file, from the first one on, and what they have of it.
    /// - Parameter part: The part in pixels of ``fullSize``.
    func sections(
        of part: Region
    ) -> (rows: (first: Int, section: Image.Section), columns: (first: Int, section: Image.Section)) {
        func pixels(_ range: Range<Int>, _ origin: Double, _ count: Int) -> (first: Int, section: Image.Section) {
            let start = origin + Double(range.lowerBound) * scale
            let length = Double(range.count) * scale
            let first = min(max(Int(start.rounded(.down)), 0), count - 1)
            let end = min(max(Int((start + length).rounded(.up)), first + 1), count)
            return (first, Image.Section(count: end - first, start: start - Double(first), length: length))
        }
        return (pixels(part.rows, top, size.height), pixels(part.columns, left, size.width))
    }
}
