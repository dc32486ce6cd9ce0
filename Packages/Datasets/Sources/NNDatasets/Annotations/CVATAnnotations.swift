import Foundation
@_spi(Text) import NNLayers

/// Reads "CVAT for images 1.1": an XML file with an element for each image.
struct CVATAnnotations {
    private let file: URL
    private let folders: [URL]
    private var set = AnnotationSet(classes: [], images: [])
    private var numbers: [String: Int] = [:]
    private var image: AnnotatedImage?
    private var objects: [AnnotatedObject] = []
    /// The elements that are open.
    private var path: [String] = []
    private var text = ""
    /// A label of the list at the head of the file.
    private var listed: AnnotationSet.Class?

    /// - Parameter imageFolder: The folder of the images; nil to look for it around the file.
    static func read(_ file: URL, imageFolder: URL?) throws(DatasetError) -> AnnotationSet {
        try read(
            FileBytes.readText(file, remedy: "Name an XML file of CVAT"), file: file,
            folders: imageFolder.map { [$0] } ?? ImageSearch.folders(around: file))
    }

    static func read(_ bytes: ArraySlice<UInt8>, file: URL, folders: [URL]) throws(DatasetError) -> AnnotationSet {
        var reader = CVATAnnotations(file: file, folders: folders)
        var events = XMLReader(bytes, file: file.path)
        while let event = try events.next() {
            switch event {
            case .start(let name, let attributes):
                reader.path.append(name)
                reader.text = ""
                try reader.start(name, attributes)
            case .text(let text): reader.text += text
            case .end(let name):
                try reader.end(name)
                reader.path.removeLast()
                reader.text = ""
            }
        }
        return reader.set
    }

    private init(file: URL, folders: [URL]) {
        self.file = file
        self.folders = folders
    }

    private func wrong(_ reason: String, _ remedy: String = "Export the annotations from CVAT again") -> DatasetError {
        DatasetError(place: file.path, reason: reason, remedy: remedy)
    }

    private mutating func start(_ name: String, _ attributes: [String: String]) throws(DatasetError) {
        if path.count == 1, name != "annotations" {
            throw wrong("its first element is '\(name.excerpt)', not 'annotations'", "Name an XML file of CVAT")
        }
        if path.count == 2, name == "track" {
            throw wrong("it has the tracks of a video", "Export as 'CVAT for images 1.1', which has the frames")
        }
        if path.suffix(2) == ["labels", "label"] { listed = AnnotationSet.Class(name: "") }
        if path.count == 2, name == "image" { try startImage(attributes) }
        if path.count == 3, path[1] == "image" { try addShape(name, attributes) }
    }

    private mutating func end(_ name: String) throws(DatasetError) {
        switch path.suffix(2) {
        case ["label", "name"]: listed?.name = text
        case ["label", "color"]: listed?.color = Color(code: text)
        case ["labels", "label"]:
            if let listed, !listed.name.isEmpty { _ = number(of: listed.name, color: listed.color) }
            listed = nil
        case ["annotations", "image"]:
            image?.content = .objects(objects)
            if let image { set.images.append(image) }
            (image, objects) = (nil, [])
        default: break
        }
    }

    private mutating func startImage(_ attributes: [String: String]) throws(DatasetError) {
        guard let name = attributes["name"], !name.isEmpty else {
            throw wrong("image \((attributes["id"] ?? "\(set.images.count)").excerpt) has no name")
        }
        var size: Size?
        if let height = attributes["height"].flatMap({ Int($0) }), let width = attributes["width"].flatMap({ Int($0) })
        {
            size = Size(annotatedHeight: height, width: width)
            if size == nil { throw wrong("the image '\(name.excerpt)' has \(height)x\(width) pixels") }
        }
        let subset = attributes["subset"] ?? ""
        let within = subset.isEmpty ? [] : folders.map { $0.appending(path: subset) }
        image = AnnotatedImage(
            name: ImageSearch.relativeName(name), paths: [name], folders: within + folders, size: size,
            split: Split(inName: subset), source: file.path, content: .objects([]))
    }

    private mutating func number(of label: String, color: Color? = nil) -> Int {
        if let number = numbers[label] { return number }
        numbers[label] = set.classes.count
        set.classes.append(AnnotationSet.Class(name: label, color: color))
        return set.classes.count - 1
    }

    private mutating func addShape(_ kind: String, _ attributes: [String: String]) throws(DatasetError) {
        if ["polyline", "points", "cuboid", "skeleton", "tag"].contains(kind) {
            set.leftOut[kind, default: 0] += 1
            return
        }
        guard ["polygon", "box", "ellipse", "mask"].contains(kind) else { return }
        let name = "\(kind) \(objects.count)"
        guard let label = attributes["label"], !label.allSatisfy(\.isWhitespace) else {
            throw wrong("\(name) of the image '\(image?.name.excerpt ?? "")' has no label")
        }
        var region: AnnotatedRegion
        do throws(AnnotationError) {
            region = try Self.region(kind, attributes)
        } catch {
            region = .invalid(error)
        }
        if let angle = attributes["rotation"].flatMap({ Double($0) }), angle.isFinite, case .polygons(let all) = region,
            kind == "box"
        {
            let corners = all[0]
            region = .polygons([
                Outline.rotated(
                    corners, by: angle, x: (corners[0] + corners[4]) / 2, y: (corners[1] + corners[5]) / 2)
            ])
        }
        objects.append(
            AnnotatedObject(
                label: number(of: label), region: region, depth: attributes["z_order"].flatMap { Int($0) } ?? 0,
                name: "\(name) ('\(label.excerpt)')"))
    }

    private static func region(
        _ kind: String, _ attributes: [String: String]
    ) throws(AnnotationError) -> AnnotatedRegion {
        func number(_ key: String) throws(AnnotationError) -> Double {
            guard let value = attributes[key].flatMap({ Double($0) }), abs(value) <= RunLengths.farthest else {
                throw AnnotationError("its '\(key)' is no number of pixels: '\((attributes[key] ?? "").excerpt)'")
            }
            return value
        }
        switch kind {
        case "box":
            return .polygons([
                Outline.rectangle(
                    left: try number("xtl"), top: try number("ytl"), right: try number("xbr"), bottom: try number("ybr")
                )
            ])
        case "ellipse":
            let rotation = attributes["rotation"].flatMap { Double($0) } ?? 0
            return .polygons([
                Outline.ellipse(
                    x: try number("cx"), y: try number("cy"), radii: (try number("rx"), try number("ry")),
                    rotation: rotation.isFinite ? rotation : 0)
            ])
        case "mask":
            let (left, top) = (Int(try number("left")), Int(try number("top")))
            let (width, height) = (Int(try number("width")), Int(try number("height")))
            guard let size = Size(annotatedHeight: height, width: width) else {
                throw AnnotationError("it has \(height)x\(width) pixels")
            }
            var counts: [Int] = []
            for part in (attributes["rle"] ?? "").split(separator: ",") {
                guard let count = Int(part.trimmingPrefix { $0 == " " }) else {
                    throw AnnotationError("its 'rle' has '\(part.excerpt)', which is no number")
                }
                counts.append(count)
            }
            return .rowRuns(counts, left: left, top: top, size: size)
        default:
            var points: [Double] = []
            for point in (attributes["points"] ?? "").split(separator: ";") {
                let pair = point.split(separator: ",").map { Double($0.trimmingPrefix { $0 == " " }) }
                guard pair.count == 2, let x = pair[0], let y = pair[1] else {
                    throw AnnotationError("its point '\(point.excerpt)' is not two numbers")
                }
                points += [x, y]
            }
            return .polygons([points])
        }
    }
}
