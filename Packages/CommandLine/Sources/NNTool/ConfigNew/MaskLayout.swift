import Foundation
@_spi(Internal) import NNDatasets
@_spi(Text) import NNLayers

/// Images and masks in folders, found by the names of the folders and of the files in them.
enum MaskLayout {
    private static let imageNames = ["images", "image", "imgs", "img", "jpegimages", "photos", "input", "inputs"]
    private static let maskNames = [
        "masks", "mask", "labels", "label", "annotations", "annotation", "segmentation", "segmentations", "seg", "gt",
        "groundtruth", "ground_truth", "segmentationclass", "targets", "target", "trimaps",
    ]
    private static let suffixes = [
        "_mask", "_masks", "-mask", "_label", "_labels", "_gt", "_seg", "_segmentation", "_L", "annot", "_annotations",
        "_labelIds",
    ]

    /// Where images and masks are: paths in which `{split}` stands for a split.
    private struct Places {
        var images: String
        var masks: String
        var splits: [Split: String] = [:]
    }

    static func find(_ listing: FolderListing, _ reader: ImageReader) throws -> DataLayout? {
        for places in places(in: listing) {
            let train = places.splits[.train] ?? "train"
            let images = listing.folder(places.images.replacing("{split}", with: train)).allImages()
            let maskFolder = listing.folder(places.masks.replacing("{split}", with: train))
            let masks = places.images == places.masks ? images : maskFolder.allImages()
            guard let suffix = maskSuffix(images, masks, apart: places.images != places.masks) else { continue }
            let ending = suffix.isEmpty ? nil : suffix
            let used = masks.filter { stem($0).hasSuffix(suffix) }.map { maskFolder.url.appending(path: $0) }
            let encoding = try MaskEncodingGuess(of: used, in: listing, reader)
            let options: [(String, ConfigNode?)] = [
                ("path", DataLayout.text(listing.path)),
                ("images", places.images == "images/{split}" ? nil : DataLayout.text(places.images)),
                ("masks", places.masks == "masks/{split}" ? nil : DataLayout.text(places.masks)),
            ]
            return DataLayout(
                dataset: DataLayout.node(
                    "mask_folders",
                    options + DataLayout.splitOptions(places.splits) + [("mask_suffix", DataLayout.text(ending))]
                        + encoding.options),
                summary: "images and masks", notes: encoding.notes)
        }
        return nil
    }

    /// The places where images and masks may be, the likelier first.
    private static func places(in listing: FolderListing) -> [Places] {
        func first(_ names: [String], _ folders: [String]) -> String? {
            names.lazy.compactMap { name in folders.first { $0.lowercased() == name } }.first
        }
        var found: [Places] = []
        if let images = first(imageNames, listing.folders), let masks = first(maskNames, listing.folders) {
            let splits = listing.folder(images).splitFolders
            if splits[.train] != nil {
                found.append(Places(images: "\(images)/{split}", masks: "\(masks)/{split}", splits: splits))
            }
            found.append(Places(images: images, masks: masks))
        }
        let splits = listing.splitFolders
        if let train = splits[.train] {
            let inner = listing.folder(train).folders
            if let images = first(imageNames, inner), let masks = first(maskNames, inner) {
                found.append(Places(images: "{split}/\(images)", masks: "{split}/\(masks)", splits: splits))
            }
            for suffix in suffixes where listing.folders.contains(train + suffix) {
                let labelled = splits.filter { listing.folders.contains($0.value + suffix) }
                found.append(Places(images: "{split}", masks: "{split}\(suffix)", splits: labelled))
            }
            found.append(Places(images: "{split}", masks: "{split}", splits: splits))
        }
        found.append(Places(images: ".", masks: "."))
        return found
    }

    /// The end of the names of masks after that of their images; nil where they do not belong together.
    private static func maskSuffix(_ images: [String], _ masks: [String], apart: Bool) -> String? {
        let stems = Set(masks.map(stem))
        for suffix in (apart ? [""] : []) + suffixes {
            let pictures = apart ? images : images.filter { !stem($0).hasSuffix(suffix) }
            let pairs = pictures.count { stems.contains(stem($0) + suffix) }
            // Single files without a counterpart are an error that opening the data tells.
            if pairs > 0, pairs * 2 > pictures.count { return suffix }
        }
        return nil
    }

    private static func stem(_ path: String) -> String { (path as NSString).deletingPathExtension }
}

/// How masks encode classes, found by reading some of them.
struct MaskEncodingGuess {
    let options: [(String, ConfigNode?)]
    let notes: [String]

    /// Enough to see every class of most data sets; what is missed is an error of the data check with its remedy.
    private static let readCount = 1000

    /// - Throws: `CommandFailure` for masks of which none can be read, and those of more than 256 colours.
    init(of masks: [URL], in listing: FolderListing, _ reader: ImageReader) throws {
        let stride = max(masks.count / Self.readCount, 1)
        let chosen = Swift.stride(from: 0, to: masks.count, by: stride).map { masks[$0] }
        var isFound = [Bool](repeating: false, count: 256)
        var colors: Set<Color> = []
        var failure: (any Error)?
        for mask in chosen {
            do {
                for value in try Image(indicesOf: mask, reader: reader).pixels { isFound[Int(value)] = true }
            } catch {
                failure = error
                guard let image = try? Image(contentsOf: mask, reader: reader) else { continue }
                colors.formUnion(Self.colors(of: image))
                if colors.count > 256 {
                    throw CommandFailure(
                        message:
                            "\(mask.relativePath): masks have more than 256 colours, and each stands for a class; save "
                            + "them as PNG files of class indices, without smoothing and not as JPEG")
                }
            }
        }
        if !colors.isEmpty {
            let sorted = colors.sorted { $0.code < $1.code }
            let classes = sorted.enumerated().map { ConfigNode(.string("class\($0) \($1.code)")) }
            options = [("classes", ConfigNode(.sequence(classes))), ("mask_colors", true)]
            notes = ["the colours of the masks are the classes: give them their names"]
            return
        }
        let values = isFound.indices.filter { isFound[$0] }
        guard let largest = values.last(where: { $0 != 255 }) ?? values.last else {
            throw CommandFailure(message: failure.map { "\($0)" } ?? "\(listing.path): there are no masks")
        }
        if values == [0, 255] {
            options = [("binary_masks", true)]
            notes = ["masks are black for the first class and white for the second"]
            return
        }
        if let names = ClassNameFile(in: listing, count: largest + 1) {
            (options, notes) = ([names.option], [])
        } else {
            options = [("class_count", ConfigNode(.integer(max(largest + 1, 2))))]
            notes = ["'classes' instead of 'class_count' names the classes: classes: [road, sky, ...]"]
        }
    }

    private static func colors(of image: Image) -> Set<Color> {
        var found: Set<Color> = []
        image.pixels.withUnsafeBufferPointer { pixels in
            // Neighbours mostly have the same colour.
            var last: Color?
            for start in stride(from: 0, to: pixels.count - 2, by: 3) {
                let color = Color(red: pixels[start], green: pixels[start + 1], blue: pixels[start + 2])
                if color != last { found.insert(color) }
                last = color
            }
        }
        return found
    }
}
