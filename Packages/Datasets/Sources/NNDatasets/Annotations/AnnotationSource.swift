import CNNImages
import Foundation
@_spi(Text) import NNCore
@_spi(Text) import NNLayers

/// The formats of annotations that are read.
public enum AnnotationFormat: String, Codable, CaseIterable, Sendable {
    /// A JSON file of COCO: instances with polygons or runs, or panoptic segments.
    case coco
    /// A folder with a JSON file of labelme for each image, or one such file.
    case labelme
    /// An XML file, "CVAT for images 1.1".
    case cvat
    /// Text files of polygons beside the images; see ``YOLODataset``.
    case yolo
    /// Images and masks as ``MaskFolders`` reads them.
    case maskFolders = "mask_folders"

    /// The format of a file or folder by its name and its first level of contents.
    /// - Throws: ``DatasetError`` for what is none of them.
    public init(of url: URL) throws(DatasetError) {
        let ending = url.pathExtension.lowercased()
        if url.isExistingFolder {
            let folders = FolderContents(folder: url).folders
            if folders.contains("images"), folders.contains("masks") {
                self = .maskFolders
                return
            }
            let files = FolderContents(folder: url).files(endingWith: ["json", "yaml", "yml", "xml"])
            if files.contains(where: { $0.hasSuffix(".json") }) {
                self = .labelme
                return
            }
            let remedy = files.first.map { "Name the file \(url.appending(path: $0).path)" }
            throw DatasetError(
                place: url.path, reason: "it is a folder without files of labelme, and without images and masks",
                remedy: remedy ?? "Name the file of the annotations")
        }
        guard url.isExistingFile else {
            throw DatasetError(
                place: url.path, reason: "there is no such file or folder", remedy: "Check the path")
        }
        switch ending {
        case "xml": self = .cvat
        case "yaml", "yml": self = .yolo
        case "json":
            let bytes = try FileBytes.readText(url, remedy: "Name a JSON file of annotations")
            let key = JSONValue.firstName(among: ["shapes", "images", "annotations"], of: bytes)
            if key == "shapes" {
                self = .labelme
            } else if key != nil {
                self = .coco
            } else {
                _ = try JSONValue(annotations: bytes, file: url.path)
                throw DatasetError(
                    place: url.path, reason: "it has neither the lists of COCO nor the shapes of labelme",
                    remedy: "Name a file of annotations")
            }
        case "zip":
            throw DatasetError(place: url.path, reason: "it is an archive", remedy: "Unpack it, and name what is in it")
        default:
            throw DatasetError(
                place: url.path, reason: "its format is not recognized",
                remedy: "Name a .json, .xml or .yaml file, or state the format")
        }
    }
}

extension AnnotationSet {
    /// The annotations in a file or folder of any format but YOLO and mask folders.
    /// - Parameter imageFolder: The folder of the images; nil to look for it around the annotations.
    init(_ url: URL, _ format: AnnotationFormat, imageFolder: URL?) throws(DatasetError) {
        try imageFolder?.checkFolder(option: "images")
        switch format {
        case .coco:
            self = try COCOAnnotations.read(url, try JSONValue(annotations: url), imageFolder: imageFolder)
        case .labelme where url.isExistingFolder: self = try LabelmeAnnotations.read(url, imageFolder: imageFolder)
        case .labelme:
            self = try LabelmeAnnotations.read(url, try JSONValue(annotations: url), imageFolder: imageFolder)
        case .cvat: self = try CVATAnnotations.read(url, imageFolder: imageFolder)
        case .yolo, .maskFolders:
            trap("AnnotationSet: \(format.rawValue) is read by its own type")
        }
    }
}

extension AnnotatedImage {
    /// The file of the image.
    /// - Returns: Nil where the annotations hold the image itself.
    /// - Throws: ``DatasetError`` where there is none.
    func existingFile() throws(DatasetError) -> URL? {
        if let file = files.first(where: \.isExistingFile) { return file.standardizedFileURL }
        if embedded != nil { return nil }
        throw DatasetError(
            place: source, reason: "the image '\(name.excerpt)' is missing, at \(files.first?.path ?? "any place")",
            remedy: "Add it, name the folder of the images, or leave such images out")
    }

    /// The height and width as the reader of images gives them.
    /// - Throws: ``DatasetError`` or ``ImageError`` for an image that cannot be read, or has another size than the
    ///   annotations state.
    func readSize(_ bytes: [UInt8], file: String, _ reader: ImageReader) throws -> Size {
        let found = try reader.size(of: bytes) ?? reader.image(encoded: bytes, file: file).size
        guard let size, size != found else { return found }
        // Whether such polygons are meant for the stored or the turned image cannot be told.
        let isTurned =
            size == Size(height: found.width, width: found.height)
            && ImageTraits(reader.facts(of: bytes)).contains(.rotated)
        throw DatasetError(
            place: source, reason: "the image '\(name.excerpt)' has \(size) pixels there, and \(found) in \(file)",
            remedy: isTurned ? ImageTraits.rotatedRemedy : "Convert with the images that were annotated")
    }
}

extension FolderContents {
    /// The paths of files of some endings at any depth, relative to the folder; hidden ones are skipped.
    func files(endingWith endings: Set<String>) -> [String] {
        guard let paths = FileManager.default.enumerator(atPath: folder.resolvingSymlinksInPath().path) else {
            return []
        }
        var files: [String] = []
        for case let path as String in paths {
            if path.split(separator: "/").last?.hasPrefix(".") == true {
                paths.skipDescendants()
            } else if endings.contains((path as NSString).pathExtension.lowercased()) {
                files.append(path)
            }
        }
        return files.sorted()
    }
}
