import Foundation
@_spi(Text) import NNLayers

/// A data set in the layout of YOLO: a text file of polygons beside each image, `images/a.jpg` and `labels/a.txt`.
///
/// It holds what `data.yaml` says; ``AnnotationConversion/add(_:)`` reads the files.
public struct YOLODataset: Hashable, Sendable {
    /// The names of the classes in the order of their indices.
    public var names: [String]
    /// The folders of the images of each split, or text files that list images.
    public var splits: [Split: [URL]]
    /// The file `data.yaml`, for messages.
    public var file: URL

    /// The contents of `data.yaml`.
    public init(names: [String], splits: [Split: [URL]], file: URL) {
        self.names = names
        self.splits = splits
        self.file = file
    }
}

struct YOLOAnnotations {
    let dataset: YOLODataset
    let reader: ImageReader

    func read() throws(DatasetError) -> AnnotationSet {
        var set = AnnotationSet(classes: dataset.names.map { AnnotationSet.Class(name: $0) }, images: [])
        for split in Split.allCases {
            for source in dataset.splits[split] ?? [] {
                for (image, name) in try images(of: source, &set.unread) {
                    set.images.append(try annotated(image, name, split))
                }
            }
        }
        if set.images.isEmpty {
            throw DatasetError(
                place: dataset.file.path, reason: "its folders hold no \(reader.extensionText) file",
                remedy: "Set 'path', 'train' and 'val' to the folders of the images")
        }
        return set
    }

    private func images(of source: URL, _ unread: inout UnreadFiles) throws(DatasetError) -> [(file: URL, name: String)]
    {
        if source.pathExtension == "txt", source.isExistingFile {
            var images: [(URL, String)] = []
            for (line, _) in try TextLines(source, remedy: "Name a file of paths of images") {
                let path = line.trimmingCharacters(in: .whitespaces)
                let file = source.deletingLastPathComponent().file(path)
                images.append((file, URL(filePath: path).lastPathComponent))
            }
            return images
        }
        guard source.isExistingFolder else {
            throw DatasetError(
                place: dataset.file.path, reason: "there is no folder \(source.path)",
                remedy: "Set 'path', 'train' and 'val' to the folders of the images")
        }
        let listing = reader.files(in: source)
        unread.add(listing.unread)
        return listing.paths.map { (source.appending(path: $0), $0) }
    }

    /// An image without a file of labels has no objects.
    private func annotated(_ image: URL, _ name: String, _ split: Split) throws(DatasetError) -> AnnotatedImage {
        let labels = Self.labels(of: image)
        var objects: [AnnotatedObject] = []
        if labels.isFilledFile {
            for (line, place) in try TextLines(labels, remedy: "Check its permissions") {
                objects.append(try object(line, place: place))
            }
        }
        return AnnotatedImage(
            name: name, paths: [image.path], folders: [], split: split, source: labels.path, content: .objects(objects))
    }

    /// The file beside an image: the last folder `images` of its path becomes `labels`.
    static func labels(of image: URL) -> URL {
        var parts = image.standardizedFileURL.pathComponents
        if let index = parts.dropLast().lastIndex(of: "images") { parts[index] = "labels" }
        return URL(filePath: NSString.path(withComponents: parts)).deletingPathExtension().appendingPathExtension("txt")
    }

    private func object(_ line: String, place: String) throws(DatasetError) -> AnnotatedObject {
        let words = line.split(whereSeparator: \.isWhitespace)
        // Tools that keep whole lines as floats write '0.0'.
        guard let first = words.first, let label = Int(first) ?? Double(first).flatMap({ Int(exactly: $0) }) else {
            throw DatasetError(
                place: place, reason: "'\(words.first?.excerpt ?? "")' is no class index",
                remedy: "Write 'class x y x y x y' in fractions of the image")
        }
        guard dataset.names.indices.contains(label) else {
            throw DatasetError(
                place: place, reason: "the class \(label) is not one of the \(dataset.names.count) in 'names'",
                remedy: "Fix the line, or 'names' of \(dataset.file.path)")
        }
        var points: [Double] = []
        for word in words.dropFirst() {
            guard let value = Double(word), value.isFinite else {
                throw DatasetError(
                    place: place, reason: "'\(word.excerpt)' is no number",
                    remedy: "Write 'class x y x y x y' in fractions of the image")
            }
            points.append(value)
        }
        let name = place.split(separator: ":").last.map { "line \($0)" } ?? place
        if points.count == 4 {
            let error = AnnotationError("it is a box of an object detector (class x y width height), and no polygon")
            return AnnotatedObject(label: label, region: .invalid(error), name: name)
        }
        // A line of detectors and trackers may end with a confidence, which leaves half a point.
        if let wrong = points.first(where: { abs($0) > 2 }) {
            let error = AnnotationError("the coordinate \(wrong) is no fraction of the image; YOLO's are from 0 to 1")
            return AnnotatedObject(label: label, region: .invalid(error), name: name)
        }
        return AnnotatedObject(label: label, region: .fractions(points), name: name)
    }
}

extension URL {
    /// Whether there is a file that has content.
    fileprivate var isFilledFile: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_size > 0
    }
}
