import Foundation
@_spi(Text) import NNCore
@_spi(Text) import NNLayers

/// Reads the annotations of COCO (Lin et al. 2014): instances with polygons or runs, and panoptic segments (Kirillov et
/// al. 2019).
struct COCOAnnotations {
    private let file: URL
    private let root: JSONValue
    /// The number of the class of each category's id.
    private var labels: [Int: Int] = [:]
    private var classes: [AnnotationSet.Class] = []
    private let folders: [URL]

    /// - Parameter imageFolder: The folder of the images; nil to look for it around the file.
    static func read(_ file: URL, _ root: JSONValue, imageFolder: URL?) throws(DatasetError) -> AnnotationSet {
        var reader = COCOAnnotations(
            file: file, root: root, folders: imageFolder.map { [$0] } ?? ImageSearch.folders(around: file))
        try reader.readCategories()
        return try reader.readImages()
    }

    private init(file: URL, root: JSONValue, folders: [URL]) {
        self.file = file
        self.root = root
        self.folders = folders
    }

    private func wrong(_ reason: String, _ remedy: String) -> DatasetError {
        DatasetError(place: file.path, reason: reason, remedy: remedy)
    }

    private func list(_ key: String) throws(DatasetError) -> [JSONValue] {
        guard let elements = root[key]?.elements else {
            throw wrong("it has no list '\(key)'", "Export the annotations as COCO again")
        }
        return elements
    }

    private func integer(_ key: String, of value: JSONValue, _ name: String) throws(DatasetError) -> Int {
        guard let number = value[key]?.identifier else {
            throw wrong(
                "\(name) has the '\(key)' \(value[key]?.excerpt ?? "null"), which is no whole number",
                "Export the annotations as COCO again")
        }
        return number
    }

    /// Classes are numbered by the ids of the categories, whatever gaps these have.
    private mutating func readCategories() throws(DatasetError) {
        var categories: [(id: Int, category: AnnotationSet.Class)] = []
        for (index, value) in try list("categories").enumerated() {
            let id = try integer("id", of: value, "category \(index)")
            guard let name = value["name"]?.label else {
                throw wrong("category \(id) has no name", "Give it one")
            }
            let channels = value["color"]?.numbers.map { $0.compactMap { UInt8(exactly: $0) } } ?? []
            let color = channels.count == 3 ? Color(red: channels[0], green: channels[1], blue: channels[2]) : nil
            categories.append((id, AnnotationSet.Class(name: name, color: color)))
        }
        categories.sort { $0.id < $1.id }
        for (index, (id, category)) in categories.enumerated() {
            guard labels.updateValue(index, forKey: id) == nil else {
                throw wrong("two categories have the id \(id)", "Give each an id of its own")
            }
            classes.append(category)
        }
    }

    private func readImages() throws(DatasetError) -> AnnotationSet {
        var set = AnnotationSet(classes: classes, images: [])
        var indices: [Int: Int] = [:]
        for (position, value) in try list("images").enumerated() {
            let id = try integer("id", of: value, "image \(position)")
            guard let name = value["file_name"]?.string, !name.isEmpty else {
                throw wrong("image \(id) has no 'file_name'", "Export the annotations as COCO again")
            }
            guard indices.updateValue(set.images.count, forKey: id) == nil else {
                throw wrong("two images have the id \(id)", "Give each an id of its own")
            }
            set.images.append(
                AnnotatedImage(
                    name: ImageSearch.relativeName(name), paths: [name], folders: folders,
                    size: try size(of: value, "image \(id)"), source: file.path, content: .objects([])))
        }
        for (position, value) in try list("annotations").enumerated() {
            let name = "annotation \(value["id"]?.identifier.map(String.init) ?? "number \(position)")"
            let image = try integer("image_id", of: value, name)
            guard let index = indices[image] else {
                throw wrong("\(name) is of the image \(image), which is not in the list", "Remove it")
            }
            if let segments = value["segments_info"]?.elements {
                set.images[index].content = try self.segments(segments, of: value, name)
            } else if case .objects(var objects) = set.images[index].content {
                // The list must not be copied for each of its elements.
                set.images[index].content = .objects([])
                objects.append(try object(value, name))
                set.images[index].content = .objects(objects)
            }
        }
        return set
    }

    /// The height and width that an image states; nil where it states none.
    private func size(of value: JSONValue, _ name: String) throws(DatasetError) -> Size? {
        guard let height = value["height"], let width = value["width"], height != .null, width != .null else {
            return nil
        }
        let (rows, columns) = (try integer("height", of: value, name), try integer("width", of: value, name))
        guard let size = Size(annotatedHeight: rows, width: columns) else {
            throw wrong("\(name) has \(rows)x\(columns) pixels", "Export the annotations as COCO again")
        }
        return size
    }

    private func label(of value: JSONValue, _ name: String) throws(DatasetError) -> Int? {
        let id = try integer("category_id", of: value, name)
        guard let label = labels[id] else {
            throw wrong("\(name) is of the category \(id), which is not in the list", "Add the category, or remove it")
        }
        return value["iscrowd"]?.isTrue == true ? nil : label
    }

    private func object(_ value: JSONValue, _ name: String) throws(DatasetError) -> AnnotatedObject {
        let label = try label(of: value, name)
        // A crowd is what is left where no object was told apart.
        return AnnotatedObject(
            label: label, region: region(value["segmentation"]), depth: label == nil ? .min : 0, name: name)
    }

    private func region(_ value: JSONValue?) -> AnnotatedRegion {
        switch value {
        case nil, .null?: return .invalid(AnnotationError("it has a box and no 'segmentation'"))
        case .object?:
            guard let numbers = value?["size"]?.numbers, numbers.count == 2, let height = Int(exactly: numbers[0]),
                let width = Int(exactly: numbers[1]), let size = Size(annotatedHeight: height, width: width)
            else { return .invalid(AnnotationError("its runs have no valid 'size'")) }
            if let counts = value?["counts"]?.numbers { return .runs(counts, size) }
            if let text = value?["counts"]?.string { return .compressedRuns(text, size) }
            return .invalid(AnnotationError("its runs have no valid 'counts'"))
        case .list(let polygons)?:
            var result: [[Double]] = []
            for polygon in polygons {
                guard let numbers = polygon.numbers else {
                    return .invalid(AnnotationError("its polygon is no list of numbers"))
                }
                result.append(numbers)
            }
            if result.isEmpty { return .invalid(AnnotationError("its 'segmentation' is empty")) }
            return .polygons(result)
        case .numbers?: return .invalid(AnnotationError("its 'segmentation' is no list of polygons"))
        default: return .invalid(AnnotationError("its 'segmentation' is neither polygons nor runs"))
        }
    }

    private func segments(
        _ list: [JSONValue], of annotation: JSONValue, _ name: String
    ) throws(DatasetError) -> AnnotatedImage.Content {
        guard let mask = annotation["file_name"]?.string, !mask.isEmpty else {
            throw wrong("\(name) names no mask", "Export the annotations as COCO again")
        }
        var segments: [UInt32: PanopticSegment] = [:]
        for (index, value) in list.enumerated() {
            let id = try integer("id", of: value, "\(name), segment \(index)")
            guard let id = UInt32(exactly: id), 1..<1 << 24 ~= id else {
                throw wrong("\(name) has the segment \(id), which is no colour", "Ids are from 1 to 16777215")
            }
            let label = try label(of: value, "\(name), segment \(id)")
            guard segments.updateValue(PanopticSegment(label: label), forKey: id) == nil else {
                throw wrong("\(name) has the segment \(id) twice", "Remove one of them")
            }
        }
        let folder = file.deletingLastPathComponent()
        let stem = file.deletingPathExtension().lastPathComponent
        let files = ImageSearch.files(mask, in: [folder.appending(path: stem, directoryHint: .isDirectory), folder])
        return .segments(file: files.first(where: \.isExistingFile) ?? files[0], segments)
    }
}

extension Size {
    /// A size that an annotation states; nil for one that no image can have.
    init?(annotatedHeight height: Int, width: Int) {
        guard 1...Image.maximumPixelCount ~= height, 1...Image.maximumPixelCount ~= width,
            height * width <= Image.maximumPixelCount
        else { return nil }
        self.init(height: height, width: width)
    }
}

/// Where the images of annotations are looked for.
enum ImageSearch {
    /// The folders that hold images in the layouts of COCO, CVAT, Roboflow and others, the likeliest first.
    /// - Parameter file: `annotations/instances_train.json`, for instance.
    static func folders(around file: URL) -> [URL] {
        let folder = file.deletingLastPathComponent()
        let parent = folder.appending(path: "..")
        let stem = file.deletingPathExtension().lastPathComponent
        let name = stem.split(separator: "_").last.map(String.init) ?? stem
        let roots = [folder, folder.appending(path: "images"), parent.appending(path: "images"), parent]
        return roots.map { $0.appending(path: name) } + roots
    }

    /// The files that a name may mean.
    static func files(_ name: String, in folders: [URL]) -> [URL] {
        let path = name.replacing("\\", with: "/")
        guard isAbsolute(path) else { return folders.map { $0.appending(path: path) } }
        let here = path.hasPrefix("/") ? [URL(filePath: path)] : []
        return here + folders.map { $0.appending(path: relativeName(name)) }
    }

    /// A name without what leads out of a folder.
    static func relativeName(_ name: String) -> String {
        let path = name.replacing("\\", with: "/")
        let parts = path.split(separator: "/").filter { $0 != "." && $0 != ".." }
        return isAbsolute(path) ? parts.last.map(String.init) ?? "" : parts.joined(separator: "/")
    }

    /// Whether a name is a place on a disk or a server, of which the last part counts elsewhere: `/data/a.jpg`,
    /// `C:/data/a.jpg`, `https://example.org/a.jpg`.
    private static func isAbsolute(_ path: String) -> Bool {
        let drive = path.utf8.prefix(3)
        let isOnDrive = drive.count == 3 && path.first!.isLetter && drive.dropFirst().elementsEqual(":/".utf8)
        return path.hasPrefix("/") || isOnDrive || path.contains("://")
    }
}

extension Split {
    /// The split that the name of a file or folder speaks of: `instances_val2017.json`, `train`.
    init?(inName name: String) {
        let name = name.lowercased()
        let words: [(String, Split)] = [("train", .train), ("val", .validation), ("test", .test)]
        guard let word = words.first(where: { name.contains($0.0) }) else { return nil }
        self = word.1
    }
}
