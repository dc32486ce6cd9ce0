import Foundation

/// Finds the mask of each picture by its name: `a/street.jpg` in one folder, `a/street.png` in another.
struct FolderPairing {
    let images: URL
    let masks: URL
    /// What names of pictures end with, before the extension; pictures with other names are left out.
    var imageSuffix = ""
    /// What names of masks end with, before the extension, in place of that.
    var maskSuffix = ""

    /// The pictures in the order of their names, each with its mask, which may be missing.
    /// - Throws: ``DatasetError`` where there are none.
    func pairs() throws(DatasetError) -> [MaskedFiles.Pair] {
        let maskFiles = Dictionary(
            FolderContents(folder: masks).imageFiles.filter { $0.lowercased().hasSuffix(".png") }
                .map { (Self.stem($0), $0) }, uniquingKeysWith: { first, _ in first })
        var pairs: [MaskedFiles.Pair] = []
        var previous: [String: String] = [:]
        for path in FolderContents(folder: images).imageFiles {
            let stem = Self.stem(path)
            let isMask = images == masks && !maskSuffix.isEmpty && stem.hasSuffix(maskSuffix)
            guard stem.hasSuffix(imageSuffix), !isMask else { continue }
            if let other = previous.updateValue(path, forKey: stem) {
                throw DatasetError(
                    place: images.appending(path: path).path,
                    reason: "'\(other)' has the same name and so the same mask",
                    remedy: "Rename or remove one of them")
            }
            let maskStem = String(stem.dropLast(imageSuffix.count)) + maskSuffix
            pairs.append(
                MaskedFiles.Pair(
                    image: images.appending(path: path),
                    mask: masks.appending(path: maskFiles[maskStem] ?? "\(maskStem).png")))
        }
        if pairs.isEmpty {
            let ending = imageSuffix.isEmpty ? "" : " whose name ends with '\(imageSuffix)'"
            throw DatasetError(
                place: images.path, reason: "it holds no .jpg, .jpeg or .png file\(ending)",
                remedy: "Add pictures, or name another folder")
        }
        return pairs
    }

    private static func stem(_ path: String) -> String { (path as NSString).deletingPathExtension }
}
