import Foundation
@_spi(Text) import NNCore
@_spi(Text) import NNLayers

/// Reads the files of labelme: a JSON file for each image.
struct LabelmeAnnotations {
    /// The label of pixels that do not count, and that of the background, in the lists of labelme.
    static let ignored = "__ignore__"

    private var numbers: [String: Int] = [:]
    private var set = AnnotationSet(classes: [], images: [])

    /// - Parameters:
    ///   - folder: Its JSON files at any depth are read.
    ///   - imageFolder: The folder of the images; nil for those that the files name.
    static func read(_ folder: URL, imageFolder: URL?) throws(DatasetError) -> AnnotationSet {
        let paths = FolderContents(folder: folder).files(endingWith: ["json"])
        if paths.isEmpty {
            throw DatasetError(
                place: folder.path, reason: "it holds no .json file", remedy: "Name the folder of labelme's files")
        }
        var reader = LabelmeAnnotations()
        for path in paths {
            let file = folder.appending(path: path)
            let root = try JSONValue(annotations: file)
            try reader.add(file, path: path, root, imageFolder: imageFolder)
        }
        return reader.sorted
    }

    /// Reads one file.
    static func read(_ file: URL, _ root: JSONValue, imageFolder: URL?) throws(DatasetError) -> AnnotationSet {
        var reader = LabelmeAnnotations()
        try reader.add(file, path: file.lastPathComponent, root, imageFolder: imageFolder)
        return reader.sorted
    }

    /// The classes in the order of their names, so that it does not depend on which file comes first.
    private var sorted: AnnotationSet {
        var result = set
        let order = set.classes.indices.sorted { set.classes[$0].name < set.classes[$1].name }
        var places = [Int](repeating: 0, count: order.count)
        for (place, index) in order.enumerated() { places[index] = place }
        result.classes = order.map { set.classes[$0] }
        for index in result.images.indices {
            guard case .objects(let objects) = result.images[index].content else { continue }
            result.images[index].content = .objects(
                objects.map { object in
                    var object = object
                    object.label = object.label.map { places[$0] }
                    return object
                })
        }
        return result
    }

    private mutating func add(
        _ file: URL, path: String, _ root: JSONValue, imageFolder: URL?
    ) throws(DatasetError) {
        guard let shapes = root["shapes"]?.elements else {
            let isCOCO = root["images"] != nil && root["annotations"] != nil
            throw DatasetError(
                place: file.path,
                reason: isCOCO ? "it is a file of COCO" : "it has no list 'shapes', and is not a file of labelme",
                remedy: isCOCO ? "Name the file instead of its folder" : "Remove it from the folder")
        }
        var objects: [AnnotatedObject] = []
        for (index, shape) in shapes.enumerated() {
            guard let label = shape["label"]?.label else {
                throw DatasetError(
                    place: file.path, reason: "shape \(index) has no label", remedy: "Give it one in labelme")
            }
            guard let region = region(of: shape) else { continue }
            objects.append(
                AnnotatedObject(label: number(of: label), region: region, name: "shape \(index) ('\(label.excerpt)')"))
        }
        let stated = root["imagePath"]?.string ?? ""
        let ending = (stated as NSString).pathExtension
        let name = (path as NSString).deletingPathExtension + "." + (ending.isEmpty ? "jpg" : ending)
        let folders = imageFolder.map { [$0] } ?? [file.deletingLastPathComponent()]
        var size: Size?
        if let height = root["imageHeight"]?.identifier, let width = root["imageWidth"]?.identifier {
            size = Size(annotatedHeight: height, width: width)
        }
        set.images.append(
            AnnotatedImage(
                name: name,
                paths: stated.isEmpty ? [name] : [stated, name], folders: folders,
                embedded: root["imageData"]?.string, size: size, source: file.path, content: .objects(objects)))
    }

    private mutating func number(of label: String) -> Int? {
        if label == Self.ignored { return nil }
        if let number = numbers[label] { return number }
        numbers[label] = set.classes.count
        set.classes.append(AnnotationSet.Class(name: label))
        return set.classes.count - 1
    }

    /// The pixels of a shape; nil for one without an area, which is counted.
    private mutating func region(of shape: JSONValue) -> AnnotatedRegion? {
        let kind = shape["shape_type"]?.string ?? "polygon"
        var points: [Double] = []
        for point in shape["points"]?.elements ?? [] {
            guard let numbers = point.numbers, numbers.count == 2 else {
                return .invalid(AnnotationError("it has a point that is not two numbers"))
            }
            points += numbers
        }
        func twoPoints(_ body: ([Double]) -> AnnotatedRegion) -> AnnotatedRegion {
            points.count == 4 && points.allSatisfy { abs($0) <= RunLengths.farthest }
                ? body(points) : .invalid(AnnotationError("a \(kind) has two points, not \(points.count / 2)"))
        }
        switch kind {
        case "polygon": return .polygons([points])
        // X-AnyLabeling writes all corners of rectangles, also of turned ones.
        case "rectangle" where points.count == 8, "rotation" where points.count == 8: return .polygons([points])
        case "rectangle":
            return twoPoints { .polygons([Outline.rectangle(left: $0[0], top: $0[1], right: $0[2], bottom: $0[3])]) }
        case "circle":
            return twoPoints { points in
                let (x, y) = (points[2] - points[0], points[3] - points[1])
                let radius = (x * x + y * y).squareRoot()
                return .polygons([Outline.ellipse(x: points[0], y: points[1], radii: (radius, radius))])
            }
        case "mask":
            guard let text = shape["mask"]?.string else { return .invalid(AnnotationError("it has no mask")) }
            return twoPoints { .image(text, left: Int($0[0]), top: Int($0[1])) }
        case "line", "linestrip", "point", "points":
            set.leftOut[kind, default: 0] += 1
            return nil
        default: return .invalid(AnnotationError("the shape '\(kind.excerpt)' is not known"))
        }
    }
}

/// Polygons of other shapes.
enum Outline {
    static func rectangle(left: Double, top: Double, right: Double, bottom: Double) -> [Double] {
        [left, top, left, bottom, right, bottom, right, top]
    }

    /// An ellipse whose edges are at most a tenth of a pixel off.
    /// - Parameter rotation: In degrees, clockwise.
    static func ellipse(x: Double, y: Double, radii: (Double, Double), rotation: Double = 0) -> [Double] {
        let radius = max(abs(radii.0), abs(radii.1), 0.2)
        let count = min(max(Int((Double.pi / acos(1 - 0.1 / radius)).rounded(.up)), 12), 4096)
        let points = (0..<count).flatMap { index -> [Double] in
            let angle = 2 * Double.pi * Double(index) / Double(count)
            return [x + radii.0 * cos(angle), y + radii.1 * sin(angle)]
        }
        return rotated(points, by: rotation, x: x, y: y)
    }

    /// A polygon turned around a point.
    static func rotated(_ points: [Double], by degrees: Double, x: Double, y: Double) -> [Double] {
        if degrees == 0 { return points }
        let (cosine, sine) = (cos(degrees * .pi / 180), sin(degrees * .pi / 180))
        return stride(from: 0, to: points.count, by: 2).flatMap { index -> [Double] in
            let (dx, dy) = (points[index] - x, points[index + 1] - y)
            return [x + dx * cosine - dy * sine, y + dx * sine + dy * cosine]
        }
    }
}
