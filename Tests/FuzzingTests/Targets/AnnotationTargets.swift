import Foundation
@_spi(Text) @testable import NNDatasets
@_spi(Text) import NNCore
import NNLayers

/// Files of annotation tools: read, and painted into masks.
enum AnnotationTargets {
    private static let file = URL(filePath: "/fuzz/annotations")

    private static func paint(_ set: AnnotationSet) throws {
        let painter = MaskPainter(
            overlaps: .area, brokenObjects: .skip, labels: set.classes.indices.map { UInt8(truncatingIfNeeded: $0) },
            names: set.classes.map(\.name), background: 254, ignored: 255)
        for image in set.images.prefix(8) {
            // Masks take memory by the size of their images, which files prove by themselves.
            let stated = image.size ?? 16
            let size = stated.area <= 1 << 12 ? stated : 16
            _ = try painter.paint(image, size)
        }
    }

    static func coco(_ bytes: [UInt8]) throws {
        let root = try JSONValue(annotations: bytes[...], file: "annotations")
        try paint(COCOAnnotations.read(file, root, imageFolder: ScratchFolder.shared.url))
    }

    static func labelme(_ bytes: [UInt8]) throws {
        let root = try JSONValue(annotations: bytes[...], file: "annotations")
        try paint(LabelmeAnnotations.read(file, root, imageFolder: ScratchFolder.shared.url))
    }

    static func cvat(_ bytes: [UInt8]) throws {
        try paint(CVATAnnotations.read(bytes[...], file: file, folders: [ScratchFolder.shared.url]))
    }

    static func yolo(_ bytes: [UInt8]) throws {
        let folder = ScratchFolder.shared
        _ = folder.write(bytes, to: "yolo.txt")
        _ = folder.write(Array("yolo.png\n".utf8), to: "yolo-images.txt")
        let dataset = YOLODataset(
            names: ["a", "b"], splits: [.train: [folder.url.appending(path: "yolo-images.txt")]], file: file)
        try paint(YOLOAnnotations(dataset: dataset, reader: ImageReader()).read())
    }
}
