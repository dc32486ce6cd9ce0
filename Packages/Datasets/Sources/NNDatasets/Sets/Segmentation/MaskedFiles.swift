import Foundation
import NNLayers

/// Image files with a mask file each.
struct MaskedFiles: Dataset {
    struct Pair: Hashable, Sendable {
        var image: URL
        var mask: URL
    }

    /// The files of a split.
    struct Listing {
        var pairs: [Pair]
        /// The images of the folder that are not read.
        var unread = UnreadFiles()
    }

    let pairs: [Pair]
    let classes: ClassList
    let ignoreIndex: Int?
    let reader: any MaskReader
    let imageReader: ImageReader
    let unreadFiles: UnreadFiles

    /// - Throws: ``DatasetError`` for a missing file, which names the other one of the pair too.
    init(
        _ files: Listing, classes: ClassList, ignoreIndex: Int?, reader: any MaskReader, imageReader: ImageReader
    ) throws(DatasetError) {
        pairs = files.pairs
        unreadFiles = files.unread
        self.imageReader = imageReader
        self.classes = classes
        self.ignoreIndex = ignoreIndex
        self.reader = reader
        let missing = pairs.filter { !$0.image.isExistingFile || !$0.mask.isExistingFile }
        guard let pair = missing.first else { return }
        // Who fixes the first should know how many there are.
        let others =
            missing.count == 1
            ? "" : " (and a file of \(missing.count - 1) other pairs is missing, such as \(missing[1].image.path))"
        if !pair.image.isExistingFile {
            throw DatasetError(
                place: pair.image.path,
                reason: "there is no such image; its mask would be \(pair.mask.path)" + others,
                remedy: "Add the image, or remove it from the list")
        }
        throw DatasetError(
            place: pair.mask.path, reason: "there is no such mask for the image \(pair.image.path)" + others,
            remedy: "Add the mask, or remove the image")
    }

    /// Files that store class indices.
    init(
        _ files: Listing, classes: ClassList, ignoreIndex: Int?, imageReader: ImageReader
    ) throws(DatasetError) {
        try self.init(
            files, classes: classes, ignoreIndex: ignoreIndex,
            reader: IndexMaskReader(classCount: classes.count, ignoreIndex: ignoreIndex), imageReader: imageReader)
    }

    var count: Int { pairs.count }
    var classNames: [String] { classes.names }
    var classColors: [Color] { classes.colors }
    var statesColors: Bool { classes.statesColors }

    func sample(at index: Int) throws -> Sample {
        let pair = pairs[index]
        let image = try imageReader.image(contentsOf: pair.image)
        let mask = try reader.mask(contentsOf: pair.mask, imageReader)
        guard image.size == mask.size else { throw sizeMismatch(pair, image.size, mask.size) }
        return Sample(image: image, target: .mask(mask), name: pair.image.path)
    }

    private func sizeMismatch(_ pair: Pair, _ image: Size, _ mask: Size) -> ImageError {
        let isRotated =
            mask == Size(height: image.width, width: image.height)
            && ImageTraits(imageReader.facts(ofFile: pair.image.path)).contains(.rotated)
        let isApplied = imageReader.orientation == .apply
        let cause =
            isApplied
            ? " after the EXIF orientation, by which it is turned and its mask is not"
            : ", stored with an EXIF orientation, which is not applied"
        return ImageError(
            file: pair.mask.path,
            reason: "the mask has \(mask) pixels, its image \(pair.image.path) has \(image)" + (isRotated ? cause : ""),
            remedy: !isRotated
                ? "Give both the same size; resize masks by nearest neighbour"
                : isApplied
                    ? "Set 'orientation: ignore' of the data set if masks were drawn over images as they are stored, or "
                        + "turn the mask"
                    : ImageTraits.rotatedRemedy)
    }

    func files(at index: Int) -> [String] { [pairs[index].image.path, pairs[index].mask.path] }

    func target(at index: Int) throws -> Target { .mask(try reader.mask(contentsOf: pairs[index].mask, imageReader)) }

    func labelCounts(at index: Int) throws -> [Int: Int] {
        try reader.mask(contentsOf: pairs[index].mask, imageReader).labelCounts(ignoring: ignoreIndex)
    }
}

extension MaskedFiles {
    func maskPalette(at index: Int) -> [Int: Color]? {
        guard let reader = reader as? IndexMaskReader,
            let palette = PNGPalette(contentsOf: pairs[index].mask.path)
        else { return nil }
        return reader.labelColors(palette)
    }
}

extension IndexMaskReader {
    /// The colour of each label in the palette of a file.
    func labelColors(_ palette: PNGPalette) -> [Int: Color] {
        let labelled = palette.colors.enumerated().compactMap { number, color in
            label(of: number).map { (Int($0), color) }
        }
        // Where several numbers stand for one label, that of the label itself comes first.
        return Dictionary(labelled, uniquingKeysWith: { first, _ in first })
    }
}

/// The palette of a PNG file.
struct PNGPalette {
    let colors: [Color]

    /// Nil for a file without one.
    init?(contentsOf path: String) {
        guard let bytes = try? FileBytes.read(path, upTo: Self.headLength) else { return nil }
        self.init(bytes)
    }

    /// Before a palette there are small chunks only, but for a colour profile, which may have any size.
    static let headLength = 1 << 20

    init?(_ bytes: [UInt8]) {
        guard bytes.count > 25, bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]), bytes[25] == 3 else { return nil }
        // A chunk is its length, its name, its bytes and a checksum of four bytes.
        var offset = 8
        while offset + 8 <= bytes.count {
            let length = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            let content = offset + 8
            if bytes[offset + 4..<content].elementsEqual("PLTE".utf8) {
                guard length <= 768, content + length <= bytes.count else { return nil }
                colors = stride(from: content, to: content + length - 2, by: 3).map {
                    Color(red: bytes[$0], green: bytes[$0 + 1], blue: bytes[$0 + 2])
                }
                return
            }
            offset = content + length + 4
        }
        return nil
    }
}

/// Reads mask files as labels: one channel, the class index of each pixel or the ignore index.
protocol MaskReader: Sendable {
    /// - Parameter file: The name for errors.
    /// - Throws: ``ImageError`` for a file that cannot be decoded or a pixel without a label.
    func mask(encoded bytes: [UInt8], file: String, _ reader: ImageReader) throws(ImageError) -> Image
}

extension MaskReader {
    /// - Throws: ``ImageError`` for a file that cannot be read or a pixel without a label.
    func mask(contentsOf file: URL, _ reader: ImageReader) throws(ImageError) -> Image {
        try mask(encoded: FileBytes.read(file.path), file: file.path, reader)
    }
}

/// Reads palette and grey files, whose stored numbers stand for labels.
struct IndexMaskReader: MaskReader {
    /// The label of each of the 256 numbers; nil for those that must not occur.
    private let labels: [UInt8?]
    /// The numbers that may occur, for error messages: `0 to 10, or 11 for ignored pixels`.
    private let expectation: String

    /// - Parameter labels: The label of each number, from 0 on; those left out must not occur.
    init(labels: [UInt8?], expectation: String) {
        self.labels = labels + [UInt8?](repeating: nil, count: 256 - labels.count)
        self.expectation = expectation
    }

    /// A reader of class indices.
    init(classCount: Int, ignoreIndex: Int?) {
        let ignored = ignoreIndex.map { ", or \($0) for ignored pixels" } ?? ""
        self.init(
            labels: (0..<256).map { $0 < classCount || $0 == ignoreIndex ? UInt8($0) : nil },
            expectation: "0 to \(classCount - 1)\(ignored)")
    }

    /// A reader of masks in which 0 is the first class, and 255 or 1 the second.
    static let binary = IndexMaskReader(
        labels: (0..<256).map { $0 == 0 ? 0 : $0 == 1 || $0 == 255 ? 1 : nil }, expectation: "0, or 255 (or 1)")

    /// The label of a stored number; nil for one that must not occur.
    func label(of number: Int) -> UInt8? { labels[number] }

    func mask(encoded bytes: [UInt8], file: String, _ reader: ImageReader) throws(ImageError) -> Image {
        var mask = try reader.mask(encoded: bytes, file: file)
        let counts = mask.histogram(channel: 0)
        if let wrong = counts.indices.first(where: { counts[$0] > 0 && labels[$0] == nil }) {
            throw mask.wrongPixel(
                at: mask.pixels.firstIndex(of: UInt8(wrong)) ?? 0, found: "the label \(wrong)", in: file,
                remedy: "Labels are \(expectation). Fix the mask, the number of classes or the ignore index")
        }
        if !counts.indices.allSatisfy({ counts[$0] == 0 || labels[$0] == UInt8($0) }) {
            mask.replaceValues(by: [labels.map { $0 ?? 0 }])
        }
        return mask
    }
}

/// Reads files whose colours stand for labels.
struct ColorMaskReader: MaskReader {
    private let labels: [Color: UInt8]

    /// - Parameter ignored: The label and the colour of ignored pixels.
    init(_ colors: [Color], ignored: (label: UInt8, color: Color)? = nil) {
        var labels = Dictionary(uniqueKeysWithValues: colors.enumerated().map { ($1, UInt8($0)) })
        if let ignored { labels[ignored.color] = ignored.label }
        self.labels = labels
    }

    func mask(encoded bytes: [UInt8], file: String, _ reader: ImageReader) throws(ImageError) -> Image {
        let image = try reader.maskColors(encoded: bytes, file: file)
        var unknown: Int?
        let mask = Image(size: image.size, channels: 1) { result in
            image.pixels.withUnsafeBufferPointer { pixels in
                // Neighbours mostly have the same colour, which is looked up once.
                var last: (color: Color, label: UInt8)?
                for index in result.indices {
                    let color = Color(red: pixels[3 * index], green: pixels[3 * index + 1], blue: pixels[3 * index + 2])
                    if last?.color != color {
                        if labels[color] == nil, unknown == nil { unknown = index }
                        last = (color, labels[color] ?? 0)
                    }
                    result[index] = last?.label ?? 0
                }
            }
        }
        if let unknown {
            let bytes = image.pixels[3 * unknown..<3 * unknown + 3].map(String.init).joined(separator: " ")
            throw image.wrongPixel(
                at: unknown, found: "the colour \(bytes)", in: file,
                remedy: "No class has this colour. Add it to 'classes', set 'ignore_color' to it, or fix the mask")
        }
        return mask
    }
}

extension Image {
    /// The error for a pixel without a label.
    fileprivate func wrongPixel(at index: Int, found: String, in file: String, remedy: String) -> ImageError {
        ImageError(
            file: file, reason: "the pixel in row \(index / width), column \(index % width) has \(found)",
            remedy: remedy)
    }
}
