import NNCore

/// How an image must be turned to be seen upright: the EXIF orientation, tag 274.
public enum ImageOrientation: Int, Hashable, Sendable, CaseIterable {
    /// As it is stored.
    case upright = 1
    /// Mirrored left to right.
    case mirrored
    /// Turned by 180 degrees.
    case upsideDown
    /// Mirrored top to bottom.
    case mirroredUpsideDown
    /// Mirrored at the diagonal from the upper left.
    case transposed
    /// To be turned clockwise by 90 degrees.
    case turnedLeft
    /// Mirrored at the diagonal from the upper right.
    case transversed
    /// To be turned counterclockwise by 90 degrees.
    case turnedRight

    /// Whether height and width are exchanged.
    public var exchangesSides: Bool { rawValue > 4 }

    /// The orientation in a TIFF structure, as EXIF data begins: the entry 274 of its first directory, valid or not; nil
    /// where there is none, and 0, which is no orientation, where the entry has no whole number.
    ///
    /// The standard asks for one short. As Pillow does, other whole numbers are taken, and the first of several.
    ///
    /// - Parameter tiff: The bytes from `II` or `MM` on.
    public static func stored(inTIFF tiff: some RandomAccessCollection<UInt8>) -> Int? {
        let bytes = Array(tiff)
        let isLittleEndian = bytes.starts(with: "II".utf8)
        guard isLittleEndian || bytes.starts(with: "MM".utf8) else { return nil }
        func number(_ offset: Int, _ count: Int) -> Int? {
            guard offset >= 0, offset <= bytes.count - count else { return nil }
            let digits = bytes[offset..<offset + count]
            return isLittleEndian
                ? digits.reversed().reduce(0) { $0 << 8 | Int($1) } : digits.reduce(0) { $0 << 8 | Int($1) }
        }
        guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2) else { return nil }
        for entry in 0..<count {
            let offset = directory + 2 + 12 * entry
            // An entry is its tag, its type, the number of values, and four bytes with the values if they fit.
            guard offset <= bytes.count - 12, let tag = number(offset, 2) else { return nil }
            guard tag == 274 else { continue }
            guard let type = number(offset + 2, 2), let width = wholeNumberWidths[type],
                let values = number(offset + 4, 4), 1...4 / width ~= values
            else { return 0 }
            return number(offset + 8, width)
        }
        return nil
    }

    /// The bytes of a value of the types of TIFF for whole numbers: signed bytes; shorts; longs, and offsets, which are
    /// longs too. Unsigned bytes are for text and other data.
    private static let wholeNumberWidths = [6: 1, 3: 2, 8: 2, 4: 4, 9: 4, 13: 4]
}

extension Image {
    /// The image as it is seen upright.
    public func turned(by orientation: ImageOrientation) -> Image {
        switch orientation {
        case .upright: self
        case .mirrored: flippedHorizontally()
        case .upsideDown: flippedHorizontally().flippedVertically()
        case .mirroredUpsideDown: flippedVertically()
        case .transposed: transposed()
        case .turnedLeft: transposed().flippedHorizontally()
        case .transversed: transposed().flippedHorizontally().flippedVertically()
        case .turnedRight: transposed().flippedVertically()
        }
    }
}
