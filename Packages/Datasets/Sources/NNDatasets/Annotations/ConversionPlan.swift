import Foundation
@_spi(Text) import NNLayers

/// The classes and images of a conversion, each with where it goes.
struct ConversionPlan {
    struct Item {
        var image: AnnotatedImage
        var split: Split
        var painter: Int
    }

    private(set) var classes: [AnnotationSet.Class] = []
    private(set) var images: [Item] = []
    private(set) var leftOut: [String: Int] = [:]
    private(set) var unread = UnreadFiles()
    /// One for the classes of each source.
    private(set) var painters: [MaskPainter] = []
    private let reader: ImageReader

    init(
        _ options: AnnotationConversion, _ sources: [(set: AnnotationSet, split: Split?)]
    ) throws(DatasetError) {
        reader = options.imageReader
        let isPanoptic = sources.contains { source in
            source.set.images.contains { if case .segments = $0.content { true } else { false } }
        }
        let (labels, background) = try Self.labels(options, sources.map(\.set), isPanoptic: isPanoptic, &classes)
        for (source, labels) in zip(sources, labels) {
            leftOut.merge(source.set.leftOut) { $0 + $1 }
            unread.add(source.set.unread)
            painters.append(
                MaskPainter(
                    overlaps: options.overlaps, brokenObjects: options.onError, labels: labels,
                    names: source.set.classes.map(\.name), background: background,
                    ignored: AnnotationConversion.ignoredLabel, reader: reader))
            images += source.set.images.map {
                Item(image: $0, split: $0.split ?? source.split ?? .train, painter: painters.count - 1)
            }
        }
        if images.isEmpty {
            throw DatasetError(
                place: sources.isEmpty ? "annotations" : "the annotations", reason: "they have no images",
                remedy: "Name files of annotations with images")
        }
        setAside(options.validationShare)
        try checkNames()
    }

    /// The label of each class of each source, and that of pixels without an object; fills the list of classes.
    private static func labels(
        _ options: AnnotationConversion, _ sets: [AnnotationSet], isPanoptic: Bool,
        _ classes: inout [AnnotationSet.Class]
    ) throws(DatasetError) -> (labels: [[UInt8?]], background: UInt8) {
        /// The name as it is written to a list, on one line and without double spaces.
        func plain(_ name: String) -> String { name.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
        if let option = options.classes {
            let (list, hasColors) = try option.classes()
            classes = list.names.indices.map {
                AnnotationSet.Class(name: list.names[$0], color: hasColors ? list.colors[$0] : nil)
            }
        } else {
            for set in sets {
                var own: Set<String> = []
                for entry in set.classes {
                    let entry = AnnotationSet.Class(name: plain(entry.name), color: entry.color)
                    if !own.insert(entry.name).inserted {
                        throw DatasetError(
                            place: set.images.first?.source ?? "annotations",
                            reason: "two classes are called '\(entry.name.excerpt)'", remedy: "Rename one of them")
                    }
                    if !classes.contains(where: { $0.name == entry.name }) { classes.append(entry) }
                }
            }
        }
        let wanted: String?
        switch options.background {
        case .automatic: wanted = isPanoptic ? nil : "background"
        case .named(let name): wanted = plain(name)
        case .none: wanted = nil
        }
        var background: UInt8?
        if let wanted {
            let bare = { (name: String) in name.lowercased().filter { $0 != "_" } }
            if let index = classes.firstIndex(where: { $0.name == wanted || bare($0.name) == bare(wanted) }) {
                // The background comes first wherever no list states another order.
                if options.classes == nil { classes.insert(classes.remove(at: index), at: 0) }
                background = UInt8(clamping: options.classes == nil ? 0 : index)
            } else {
                classes.insert(AnnotationSet.Class(name: wanted, color: nil), at: 0)
                background = 0
            }
        }
        guard classes.count <= 255 else {
            throw DatasetError(
                place: sets.first?.images.first?.source ?? "annotations",
                reason: "there are \(classes.count) classes, and a mask holds at most 255 beside the ignored pixels",
                remedy: "Choose some by a list of classes")
        }
        if classes.isEmpty {
            throw DatasetError(
                place: sets.first?.images.first?.source ?? "annotations", reason: "they have no classes",
                remedy: "Name files of annotations with classes")
        }
        let numbers = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1.name, UInt8($0)) })
        return (
            sets.map { $0.classes.map { numbers[plain($0.name)] } }, background ?? AnnotationConversion.ignoredLabel
        )
    }

    /// Moves some training images to validation: those whose names have the smallest hash values.
    private mutating func setAside(_ share: Double) {
        let training = images.indices.filter { images[$0].split == .train }
        let count = Int((Double(training.count) * share).rounded())
        let hashes = training.map { index in
            // FNV-1a, and a last mixing step, since names often differ in their last digits alone.
            let hash = images[index].image.name.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
                ($0 ^ UInt64($1)) &* 0x100_0000_01b3
            }
            return (hash ^ hash >> 32) &* 0x9e37_79b9_7f4a_7c15
        }
        for (_, index) in zip(hashes, training).sorted(by: { $0 < $1 }).prefix(count) {
            images[index].split = .validation
        }
    }

    /// Two images may not have one mask.
    private func checkNames() throws(DatasetError) {
        var known: [String: String] = [:]
        for item in images {
            let stem = item.image.stem(reader)
            if stem.isEmpty || item.image.name.contains("\0") {
                throw DatasetError(
                    place: item.image.source, reason: "an image has the name '\(item.image.name.excerpt)'",
                    remedy: "Rename it")
            }
            if let other = known.updateValue(item.image.source, forKey: "\(item.split.rawValue)/\(stem)") {
                throw DatasetError(
                    place: item.image.source,
                    reason: "the image '\(item.image.name.excerpt)' has the name of another one"
                        + (other == item.image.source ? "" : ", of \(other)"),
                    remedy: "Rename one of them, or put them into splits of their own")
            }
        }
    }

    /// The colours of the annotations where each class has one of its own, otherwise those of ``Color/classes(_:)``.
    var colors: [Color] {
        let stated = classes.compactMap(\.color)
        // A background that the annotations do not have is black.
        let black = classes[0].color == nil && stated.count == classes.count - 1 ? [Color(0)] : []
        let all = black + stated
        return all.count == classes.count && Set(all).count == all.count ? all : Color.classes(classes.count)
    }

    /// `classes.txt`.
    var classText: String {
        zip(classes, colors).map { "\($0.name) \($1.code)\n" }.joined()
    }

    /// Writes the mask of an image, and puts the image beside it.
    func convert(
        _ item: Item, _ files: AnnotationConversion.ImageFiles, into output: FolderTransaction
    ) throws -> MaskPainter.Result {
        let file = try item.image.existingFile()
        let bytes: [UInt8]
        if let file {
            bytes = try FileBytes.read(file.path)
        } else {
            guard let data = Data(base64Encoded: item.image.embedded ?? "", options: .ignoreUnknownCharacters) else {
                throw DatasetError(
                    place: item.image.source, reason: "its image is not written in Base64",
                    remedy: "Add the file of the image")
            }
            bytes = Array(data)
        }
        let size = try item.image.readSize(bytes, file: file?.path ?? item.image.source, reader)
        let result = try painters[item.painter].paint(item.image, size)
        let stem = item.image.stem(reader)
        let palette = colors + Array(repeating: Color.ignored, count: 256 - classes.count)
        try result.mask.writePNG(
            to: output.file("masks/\(item.split.rawValue)/\(stem).png"), palette: palette)
        let image = try output.file("images/\(item.split.rawValue)/\(stem).\(item.image.listedEnding(bytes, reader))")
        if let file { try files.place(file, at: image) } else { try Data(bytes).write(to: image) }
        return result
    }
}

extension AnnotatedImage {
    /// The name without the ending of an image; other dots are part of it: `frame.001`.
    fileprivate func stem(_ reader: ImageReader) -> String {
        let ending = (name as NSString).pathExtension.lowercased()
        let isOfImage = reader.fileExtensions.contains(ending) || UnreadFiles.imageEndings.contains(ending)
        return isOfImage ? (name as NSString).deletingPathExtension : name
    }

    /// The ending of the image, or that of its format where data sets do not list files of it: `jfif` of a JPEG.
    fileprivate func listedEnding(_ bytes: [UInt8], _ reader: ImageReader) -> String {
        let ending = (name as NSString).pathExtension
        if reader.fileExtensions.contains(ending.lowercased()) { return ending }
        return reader.formats.first { $0.recognizes(bytes) }?.fileExtensions.first ?? ending
    }
}

extension AnnotationConversion.ImageFiles {
    /// Puts an image into the new folder.
    func place(_ file: URL, at destination: URL) throws {
        let source = file.resolvingSymlinksInPath()
        switch self {
        case .copy: try FileManager.default.copyItem(at: source, to: destination)
        case .symlink: try FileManager.default.createSymbolicLink(at: destination, withDestinationURL: source)
        case .link:
            do {
                try FileManager.default.linkItem(at: source, to: destination)
            } catch {
                throw DatasetError(
                    place: file.path, reason: "it cannot be linked, as to another disk",
                    remedy: "Copy the images, or use symbolic links")
            }
        }
    }
}
