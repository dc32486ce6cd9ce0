import Foundation

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
        for pair in pairs {
            if !pair.image.isExistingFile {
                throw DatasetError(
                    place: pair.image.path, reason: "there is no such picture; its mask would be \(pair.mask.path)",
                    remedy: "Add the picture, or take it out of the list")
            }
            if !pair.mask.isExistingFile {
                throw DatasetError(
                    place: pair.mask.path, reason: "there is no such mask for the picture \(pair.image.path)",
                    remedy: "Add the mask, or take the picture out")
            }
        }
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
        guard image.size == mask.size else {
            throw ImageError(
                file: pair.mask.path,
                reason: "the mask has \(mask.size) pixels, its picture \(pair.image.path) has \(image.size)",
                remedy: "Give both the same size; for masks resize by nearest pixels")
        }
        return Sample(image: image, target: .mask(mask), name: pair.image.path)
    }

    func files(at index: Int) -> [String] { [pairs[index].image.path, pairs[index].mask.path] }

    func labelCounts(at index: Int) throws -> [Int: Int] {
        try reader.mask(contentsOf: pairs[index].mask).labelCounts(ignoring: ignoreIndex)
    }
}
