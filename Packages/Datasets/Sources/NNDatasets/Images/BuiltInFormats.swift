import CNNImages
import NNCore

/// PNG, by libpng.
struct PNGFormat: ImageFormat {
    let name = "PNG"
    let fileExtensions = ["png"]
    let storesMasks = true

    func recognizes(_ beginning: [UInt8]) -> Bool {
        beginning.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    }

    func facts(of bytes: [UInt8]) -> ImageFacts {
        var facts = ImageFacts()
        guard bytes.count > 25 else { return facts }
        // The header always comes first: bits per sample, and the colour type.
        let (depth, colorType) = (bytes[24], bytes[25])
        facts.size = try? ImageReader.checkedSize(
            height: Int64(bytes.bigEndian(at: 20, count: 4)), width: Int64(bytes.bigEndian(at: 16, count: 4)),
            file: name)
        facts.isGrey = colorType & 3 == 0
        facts.isTransparent = colorType & 4 != 0
        facts.isDeep = depth == 16
        // A chunk is its length, its name, its bytes and a checksum of four bytes.
        var offset = 8
        while offset + 8 <= bytes.count {
            let length = bytes.bigEndian(at: offset, count: 4)
            let name = bytes[offset + 4..<offset + 8]
            if name.elementsEqual("tRNS".utf8) { facts.isTransparent = true }
            if name.elementsEqual("eXIf".utf8), offset + 8 + length <= bytes.count {
                facts.orientation = ImageOrientation.stored(inTIFF: bytes[offset + 8..<offset + 8 + length])
            }
            offset += 12 + length
        }
        return facts
    }

    func decode(_ bytes: [UInt8], file: String) throws(ImageError) -> DecodedImage {
        let (size, channels, isDeep) = try form(of: bytes, file: file)
        let layouts: [DecodedImage.Layout] = [.grey, .greyAlpha, .rgb, .rgba]
        let count = size.area * channels
        var message: String?
        func decode(to pixels: UnsafeMutableRawPointer) {
            message = failureMessage {
                nn_png_decode(
                    bytes, bytes.count, pixels.assumingMemoryBound(to: UInt8.self), Int32(channels), isDeep, $0)
            }
        }
        let samples: DecodedImage.Samples =
            isDeep
            ? .words(
                [UInt16](unsafeUninitializedCapacity: count) { buffer, filled in
                    decode(to: buffer.baseAddress!)
                    filled = count
                })
            : .bytes(
                [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                    decode(to: buffer.baseAddress!)
                    filled = count
                })
        if let message { throw .damaged(file, message) }
        return DecodedImage(size: size, channels: channels, layout: layouts[channels - 1], samples: samples)
    }

    func decodeIndices(_ bytes: [UInt8], file: String) throws(ImageError) -> DecodedImage {
        // Colour type 0 is grey, 3 a palette.
        guard bytes.count < 26 || bytes[24] <= 8 && [0, 3].contains(bytes[25]) else { throw .notIndices(file) }
        let (size, _, _) = try form(of: bytes, file: file)
        var message: String?
        let pixels = [UInt8](unsafeUninitializedCapacity: size.area) { buffer, filled in
            message = failureMessage { nn_png_decode_indices(bytes, bytes.count, buffer.baseAddress!, $0) }
            filled = size.area
        }
        if let message { throw .damaged(file, message) }
        return DecodedImage(size: size, channels: 1, layout: .grey, samples: .bytes(pixels))
    }

    private func form(of bytes: [UInt8], file: String) throws(ImageError) -> (Size, channels: Int, isDeep: Bool) {
        var (height, width, channels, isDeep): (Int64, Int64, Int32, Bool) = (0, 0, 0, false)
        if let message = failureMessage({
            nn_png_form(bytes, bytes.count, &height, &width, &channels, &isDeep, $0)
        }) {
            throw .damaged(file, message)
        }
        let size = try ImageReader.checkedSize(height: height, width: width, file: file)
        // A stored pixel has 1 to 64 bits, and deflate makes at most 1032 bytes of one.
        let samples = [2: 3, 4: 2, 6: 4][bytes[25]] ?? 1
        try size.checkPlausible(bits: Int(bytes[24]) * samples, byteCount: bytes.count, ratio: 1032, file: file)
        return (size, Int(channels), isDeep)
    }
}

/// JPEG, by libjpeg-turbo.
struct JPEGFormat: ImageFormat {
    let name = "JPEG"
    let fileExtensions = ["jpg", "jpeg", "jfif"]

    func recognizes(_ beginning: [UInt8]) -> Bool { beginning.starts(with: [0xff, 0xd8, 0xff]) }

    func facts(of bytes: [UInt8]) -> ImageFacts {
        var facts = ImageFacts()
        guard bytes.starts(with: [0xff, 0xd8]) else { return facts }
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
                facts.size = try? ImageReader.checkedSize(
                    height: Int64(bytes.bigEndian(at: offset + 5, count: 2)),
                    width: Int64(bytes.bigEndian(at: offset + 7, count: 2)), file: name)
                facts.isGrey = bytes[offset + 9] == 1
                facts.isCMYK = bytes[offset + 9] == 4
            }
            if isFrame || marker == 0xda { break }
            let end = offset + 2 + bytes.bigEndian(at: offset + 2, count: 2)
            let segment = bytes[offset + 4..<max(min(end, bytes.count), offset + 4)]
            if marker == 0xe1, facts.orientation == nil, segment.starts(with: "Exif\0\0".utf8) {
                facts.orientation = ImageOrientation.stored(inTIFF: segment.dropFirst(6))
            }
            offset = end
        }
        return facts
    }

    func decode(_ bytes: [UInt8], file: String) throws(ImageError) -> DecodedImage {
        try decode(bytes, file: file) { _ in Self.whole }
    }

    func decode(_ bytes: [UInt8], file: String, atLeast wanted: Size) throws(ImageError) -> DecodedImage {
        try decode(bytes, file: file) { size in
            (1..<Self.whole).first { eighths in
                let reduced = Self.reduced(size, to: eighths)
                return reduced.height >= wanted.height && reduced.width >= wanted.width
            } ?? Self.whole
        }
    }

    /// A file is decoded at eighths of its size: its blocks have 8 pixels a side.
    private static let whole = 8

    private static func reduced(_ size: Size, to eighths: Int) -> Size {
        func reduced(_ length: Int) -> Int { (length * eighths + whole - 1) / whole }
        return Size(height: reduced(size.height), width: reduced(size.width))
    }

    /// The size at which a file is decoded, and the eighths that it is.
    private func fraction(
        _ wanted: Int, of full: Size, _ bytes: [UInt8], file: String
    ) throws(ImageError) -> (Size, eighths: Int) {
        if wanted == Self.whole { return (full, wanted) }
        var (height, width): (Int64, Int64) = (0, 0)
        if let message = failureMessage({
            nn_jpeg_reduced_size(bytes, bytes.count, Int32(wanted), &height, &width, $0)
        }) {
            throw .damaged(file, message)
        }
        let size = try ImageReader.checkedSize(height: height, width: width, file: file)
        // Old versions of the library have halves, quarters and eighths only, and take the next larger one.
        guard let eighths = (wanted...Self.whole).first(where: { Self.reduced(full, to: $0) == size }) else {
            throw .damaged(file, "the library decodes its \(full) pixels at \(size)")
        }
        return (size, eighths)
    }

    /// - Parameter choose: The number of eighths for the size of the whole.
    private func decode(
        _ bytes: [UInt8], file: String, eighths choose: (Size) -> Int
    ) throws(ImageError) -> DecodedImage {
        var (height, width, channels, isArithmetic): (Int64, Int64, Int32, Bool) = (0, 0, 0, false)
        if let message = failureMessage({
            nn_jpeg_form(bytes, bytes.count, &height, &width, &channels, &isArithmetic, $0)
        }) {
            throw .damaged(file, message)
        }
        let full = try ImageReader.checkedSize(height: height, width: width, file: file)
        // Huffman codes have a bit or more, and a block of 64 pixels one or more of them.
        try full.checkPlausible(bits: 1, byteCount: bytes.count, ratio: isArithmetic ? 1 << 12 : 64, file: file)
        let wanted = choose(full)
        let (size, eighths) = try fraction(wanted, of: full, bytes, file: file)
        let count = size.area * Int(channels)
        var message: String?
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            // Not empty: the area is 1 or more.
            message = failureMessage { nn_jpeg_decode(bytes, bytes.count, Int32(wanted), buffer.baseAddress!, $0) }
            filled = count
        }
        if let message { throw .damaged(file, message) }
        return DecodedImage(
            size: size, channels: Int(channels), layout: channels == 1 ? .grey : .rgb, samples: .bytes(pixels),
            scale: Double(eighths) / Double(Self.whole))
    }
}

extension ImageError {
    /// A file that cannot be decoded.
    /// - Parameters:
    ///   - file: The path.
    ///   - reason: What is wrong.
    public static func damaged(_ file: String, _ reason: String) -> ImageError {
        ImageError(file: file, reason: reason, remedy: "Replace the file, or remove it from the data set")
    }

    /// A mask that stores colours, for readers of formats that store masks.
    /// - Parameter file: The path.
    public static func notIndices(_ file: String) -> ImageError {
        ImageError(
            file: file, reason: "its pixels are colours, have transparency or 16 bits, and are not class indices",
            remedy: "Save the mask as an 8-bit palette or grey PNG, or, if each colour stands for a class, "
                + "set 'mask_colors: true' in a data set that has this option")
    }
}

extension Size {
    /// Refuses a size for which a file is too short, before memory is taken for it.
    /// - Parameters:
    ///   - bits: The number of bits of a pixel before compression.
    ///   - ratio: The largest number of bytes that a byte of the file becomes.
    /// - Throws: ``ImageError``.
    func checkPlausible(bits: Int, byteCount: Int, ratio: Int, file: String) throws(ImageError) {
        guard area / 8 * bits / ratio > byteCount else { return }
        throw .damaged(file, "its header claims \(height)x\(width) pixels, more than \(byteCount) bytes can hold")
    }
}

/// The message of a C function that fills a buffer where it fails; nil where it succeeds.
func failureMessage(_ body: (UnsafeMutablePointer<CChar>) -> Bool) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NN_IMAGE_MESSAGE_LENGTH)) { buffer in
        buffer.initialize(repeating: 0)
        return body(buffer.baseAddress!) ? nil : String(cString: buffer.baseAddress!)
    }
}

extension [UInt8] {
    fileprivate func bigEndian(at offset: Int, count: Int) -> Int {
        self[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
    }
}
