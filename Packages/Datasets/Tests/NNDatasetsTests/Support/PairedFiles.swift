import NNDatasets
import Foundation

/// Pictures with masks in files beside them, read without any check of their own.
struct PairedFiles: Dataset {
    var pairs: [(image: URL, mask: URL)]
    var classNames: [String]
    var ignoreIndex: Int?

    var count: Int { pairs.count }

    func sample(at index: Int) throws -> Sample {
        let pair = pairs[index]
        return Sample(
            image: try Image(contentsOf: pair.image), target: .mask(try Image(indicesOf: pair.mask)),
            name: pair.image.path)
    }

    func files(at index: Int) -> [String] { [pairs[index].image.path, pairs[index].mask.path] }
}
