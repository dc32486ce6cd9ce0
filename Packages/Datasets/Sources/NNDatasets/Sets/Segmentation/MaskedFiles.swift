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
            && PictureTraits(contentsOf: pair.image.path).contains(.turned)
        return ImageError(
            file: pair.mask.path,
            reason: "the mask has \(mask) pixels, its picture \(pair.image.path) has \(image)"
                + (isTurned ? ", stored with an EXIF orientation, which is not applied" : ""),
            remedy: isTurned
                ? PictureTraits.turnedRemedy : "Give both the same size; for masks resize by nearest pixels")
    }

    func files(at index: Int) -> [String] { [pairs[index].image.path, pairs[index].mask.path] }

    func labelCounts(at index: Int) throws -> [Int: Int] {
        try reader.mask(contentsOf: pairs[index].mask).labelCounts(ignoring: ignoreIndex)
    }
}
