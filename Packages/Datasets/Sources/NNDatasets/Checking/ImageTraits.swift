import Foundation

/// What is unusual about an image file, according to its headers.
struct ImageTraits: OptionSet, Hashable {
    let rawValue: Int

    static let grey = ImageTraits(rawValue: 1)
    static let transparent = ImageTraits(rawValue: 2)
    static let sixteenBits = ImageTraits(rawValue: 4)
    static let cmyk = ImageTraits(rawValue: 8)
    /// The EXIF orientation requires a rotation.
    static let rotated = ImageTraits(rawValue: 16)

    static let rotatedRemedy = "Rotate the pixels of such images, as 'exiftran -ai' or 'mogrify -auto-orient' do"

    /// All traits, each with how such images are read and how to fix them.
    static let descriptions: [(trait: ImageTraits, message: String, remedy: String)] = [
        (.grey, "grey, and read as three equal channels", "Nothing needs to be done if that is intended"),
        (
            .transparent, "partly transparent, and blended with white",
            "Blend them with another background if white is not intended"
        ),
        (.sixteenBits, "of 16 bits a channel, and scaled to 8", "Nothing needs to be done if that is intended"),
        (
            .cmyk, "CMYK, and converted to RGB without a colour profile",
            "Convert them with the profile of their printer"
        ),
        (
            .rotated, "stored with an EXIF orientation, which is not applied", rotatedRemedy
        ),
    ]

    /// The bytes that are read; headers are shorter.
    private static let prefixLength = 1 << 16

    init(rawValue: Int) { self.rawValue = rawValue }

    /// The traits of a file; none if it cannot be read.
    init(contentsOf path: String) {
        let file = FileHandle(forReadingAtPath: path)
        defer { try? file?.close() }
        let bytes = (try? file?.read(upToCount: Self.prefixLength)).map { [UInt8]($0) } ?? []
        self.init(bytes)
    }

    init(_ bytes: [UInt8]) {
        self = bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) ? Self.ofPNG(bytes) : Self.ofJPEG(bytes)
    }

    private static func ofPNG(_ bytes: [UInt8]) -> ImageTraits {
        guard bytes.count > 25 else { return [] }
        let (depth, colorType) = (bytes[24], bytes[25])
        var traits: ImageTraits = []
        if colorType & 3 == 0 { traits.insert(.grey) }
        if colorType & 4 != 0 { traits.insert(.transparent) }
        if depth == 16 { traits.insert(.sixteenBits) }
        // A chunk is its length, its name, its bytes and a checksum of four bytes.
        var offset = 8
        while offset + 8 <= bytes.count {
            let name = bytes[offset + 4..<offset + 8]
            if name.elementsEqual("IDAT".utf8) { break }
            if name.elementsEqual("tRNS".utf8) { traits.insert(.transparent) }
            offset += 12 + bytes.bigEndian(at: offset, count: 4)
        }
        return traits
    }

    private static func ofJPEG(_ bytes: [UInt8]) -> ImageTraits {
        guard bytes.starts(with: [0xff, 0xd8]) else { return [] }
        var traits: ImageTraits = []
        var offset = 2
        // A segment is 0xff, its marker, its length including these two bytes, and its bytes.
        while offset + 10 <= bytes.count, bytes[offset] == 0xff {
            let marker = bytes[offset + 1]
            if marker == 0xff {
                offset += 1
                continue
            }
            let isFrame = 0xc0...0xcf ~= marker && ![0xc4, 0xc8, 0xcc].contains(marker)
            if isFrame {
                switch bytes[offset + 9] {
                case 1: traits.insert(.grey)
                case 4: traits.insert(.cmyk)
                default: break
                }
            }
            if isFrame || marker == 0xda { break }
            let end = offset + 2 + bytes.bigEndian(at: offset + 2, count: 2)
            if marker == 0xe1,
                let orientation = exifOrientation(bytes[offset + 4..<max(min(end, bytes.count), offset + 4)]),
                orientation != 1
            {
                traits.insert(.rotated)
            }
            offset = end
        }
        return traits
    }

    /// The entry 0x0112 of the first directory of the TIFF structure in an EXIF segment.
    private static func exifOrientation(_ segment: ArraySlice<UInt8>) -> Int? {
        guard segment.starts(with: "Exif\0\0".utf8) else { return nil }
        let tiff = Array(segment.dropFirst(6))
        let isLittleEndian = tiff.starts(with: "II".utf8)
        func number(_ offset: Int, _ count: Int) -> Int? {
            guard offset >= 0, offset + count <= tiff.count else { return nil }
            return isLittleEndian
                ? tiff.littleEndian(at: offset, count: count) : tiff.bigEndian(at: offset, count: count)
        }
        guard let directory = number(4, 4), let count = number(directory, 2) else { return nil }
        for entry in 0..<count {
            let offset = directory + 2 + 12 * entry
            guard let tag = number(offset, 2) else { return nil }
            if tag == 0x0112 { return number(offset + 8, 2).flatMap { 1...8 ~= $0 ? $0 : nil } }
        }
        return nil
    }
}

extension [UInt8] {
    fileprivate func bigEndian(at offset: Int, count: Int) -> Int {
        self[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
    }

    fileprivate func littleEndian(at offset: Int, count: Int) -> Int {
        self[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
