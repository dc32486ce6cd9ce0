import Foundation
import NNLayers

/// Picture files, each with a mask file.
struct MaskedFiles: Dataset {
    struct Pair: Hashable, Sendable {
        var image: URL
        var mask: URL
    }

    let pairs: [Pair]
    let classes: ClassList
    let ignoreIndex: Int?
    let reader: any MaskReader

    /// - Throws: ``DatasetError`` where a file is not there; both of the pair are named.
    init(pairs: [Pair], classes: ClassList, ignoreIndex: Int?, reader: any MaskReader) throws(DatasetError) {
        self.pairs = pairs
        self.classes = classes
        self.ignoreIndex = ignoreIndex
        self.reader = reader
        let missing = pairs.filter { !$0.image.isExistingFile || !$0.mask.isExistingFile }
        guard let pair = missing.first else { return }
        // Not one at a time: who mends the first is to know how many there are.
        let others =
            missing.count == 1
            ? "" : " (and a file of \(missing.count - 1) other pairs is missing, such as \(missing[1].image.path))"
        if !pair.image.isExistingFile {
            throw DatasetError(
                place: pair.image.path,
                reason: "there is no such picture; its mask would be \(pair.mask.path)" + others,
                remedy: "Add the picture, or take it out of the list")
        }
        throw DatasetError(
            place: pair.mask.path, reason: "there is no such mask for the picture \(pair.image.path)" + others,
            remedy: "Add the mask, or take the picture out")
    }

    /// As the general one, with the classes themselves as the numbers in the files.
    init(pairs: [Pair], classes: ClassList, ignoreIndex: Int?) throws(DatasetError) {
        try self.init(
            pairs: pairs, classes: classes, ignoreIndex: ignoreIndex,
            reader: IndexMaskReader(classCount: classes.count, ignoreIndex: ignoreIndex))
    }

    var count: Int { pairs.count }
    var classNames: [String] { classes.names }
    var classColors: [Color] { classes.colors }

    func sample(at index: Int) throws -> Sample {
        let pair = pairs[index]
        let image = try Image(contentsOf: pair.image)
        let mask = try reader.mask(contentsOf: pair.mask)
        guard image.size == mask.size else { throw sizeMismatch(pair, image.size, mask.size) }
        return Sample(image: image, target: .mask(mask), name: pair.image.path)
    }

    private func sizeMismatch(_ pair: Pair, _ image: Size, _ mask: Size) -> ImageError {
        let isTurned =
            mask == Size(height: image.width, width: image.height)
            && ImageTraits(contentsOf: pair.image.path).contains(.turned)
        return ImageError(
            file: pair.mask.path,
            reason: "the mask has \(mask) pixels, its picture \(pair.image.path) has \(image)"
                + (isTurned ? ", stored with an EXIF orientation, which is not applied" : ""),
            remedy: isTurned
                ? ImageTraits.turnedRemedy : "Give both the same size; for masks resize by nearest pixels")
    }

    func files(at index: Int) -> [String] { [pairs[index].image.path, pairs[index].mask.path] }

    func labelCounts(at index: Int) throws -> [Int: Int] {
        try reader.mask(contentsOf: pairs[index].mask).labelCounts(ignoring: ignoreIndex)
    }
}

/// Reads mask files of one kind as labels: one channel, the class index of each pixel or the ignore index.
protocol MaskReader: Sendable {
    /// - Throws: ``ImageError`` where the file cannot be read or a pixel has no label.
    func mask(contentsOf file: URL) throws(ImageError) -> Image
}

/// Reads palette and grey PNG files, whose numbers stand for labels.
struct IndexMaskReader: MaskReader {
    /// The label of each number that may stand in a file; nil for those that must not.
    private let labels: [UInt8?]
    /// Which numbers may stand there, for errors: `0 to 10, or 11 for what is ignored`.
    private let expectation: String

    /// - Parameter labels: for each of the 256 numbers, beginning with 0; what is left out must not occur.
    init(labels: [UInt8?], expectation: String) {
        self.labels = labels + [UInt8?](repeating: nil, count: 256 - labels.count)
        self.expectation = expectation
    }

    /// The reader of files in which each number is its own label.
    init(classCount: Int, ignoreIndex: Int?) {
        let ignored = ignoreIndex.map { ", or \($0) for what is ignored" } ?? ""
        self.init(
            labels: (0..<256).map { $0 < classCount || $0 == ignoreIndex ? UInt8($0) : nil },
            expectation: "0 to \(classCount - 1)\(ignored)")
    }

    /// The reader of files in which 0 is the first class, and 255, or 1, the second.
    static let binary = IndexMaskReader(
        labels: (0..<256).map { $0 == 0 ? 0 : $0 == 1 || $0 == 255 ? 1 : nil }, expectation: "0, or 255 (or 1)")

    func mask(contentsOf file: URL) throws(ImageError) -> Image {
        var mask = try Image(indicesOf: file)
        let counts = mask.histogram(channel: 0)
        if let wrong = counts.indices.first(where: { counts[$0] > 0 && labels[$0] == nil }) {
            throw mask.wrongPixel(
                at: mask.pixels.firstIndex(of: UInt8(wrong)) ?? 0, found: "the label \(wrong)", in: file,
                remedy: "Labels are \(expectation). Mend the mask, or the number of classes or the ignore index")
        }
        if !counts.indices.allSatisfy({ counts[$0] == 0 || labels[$0] == UInt8($0) }) {
            mask.replaceValues(by: [labels.map { $0 ?? 0 }])
        }
        return mask
    }
}

/// Reads PNG files whose colours stand for labels.
struct ColorMaskReader: MaskReader {
    private let labels: [Color: UInt8]

    /// - Parameter ignored: the label of pixels that are ignored and the colour that they have.
    init(_ colors: [Color], ignored: (label: UInt8, color: Color)? = nil) {
        var labels = Dictionary(uniqueKeysWithValues: colors.enumerated().map { ($1, UInt8($0)) })
        if let ignored { labels[ignored.color] = ignored.label }
        self.labels = labels
    }

    func mask(contentsOf file: URL) throws(ImageError) -> Image {
        let picture = try Image(opaqueContentsOf: file)
        var unknown: Int?
        let mask = Image(size: picture.size, channels: 1) { result in
            picture.pixels.withUnsafeBufferPointer { pixels in
                // Neighbours mostly have the same colour, which is then looked up once.
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
            let bytes = picture.pixels[3 * unknown..<3 * unknown + 3].map(String.init).joined(separator: " ")
            throw picture.wrongPixel(
                at: unknown, found: "the colour \(bytes)", in: file,
                remedy: "No class has this colour. Add it to 'classes', set 'ignore_color' to it, or mend the mask")
        }
        return mask
    }
}

extension Image {
    /// The error for a pixel, counted from 0 at the upper left, that has no label.
    fileprivate func wrongPixel(at index: Int, found: String, in file: URL, remedy: String) -> ImageError {
        ImageError(
            file: file.path, reason: "the pixel in row \(index / width), column \(index % width) has \(found)",
            remedy: remedy)
    }
}
