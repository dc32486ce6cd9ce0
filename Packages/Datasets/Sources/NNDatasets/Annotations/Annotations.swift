import Foundation
import NNLayers

/// The annotations of some images, as one of the formats has them.
struct AnnotationSet {
    /// A class of objects.
    struct Class: Hashable {
        var name: String
        var color: Color?
    }

    /// In the order of the source.
    var classes: [Class]
    var images: [AnnotatedImage]
    /// How many annotations without an area, such as points, were left out, by what they are.
    var leftOut: [String: Int] = [:]
    /// The images of folders that are not read.
    var unread = UnreadFiles()
}

/// An image with the objects in it.
struct AnnotatedImage {
    /// The name in the source, with its folders: it becomes the name of the image and the mask.
    var name: String
    /// What the file may be called, and the folders that it may be in, the likeliest first. A full address for each takes
    /// half a gigabyte for the images of COCO.
    var paths: [String]
    var folders: [URL]
    /// The file that the annotations have within themselves, if they have one.
    var embedded: String?
    /// The height and width that the annotations state; nil for those of the file.
    var size: Size?
    /// The split that the source states.
    var split: Split?
    /// The file of the annotations, for messages.
    var source: String
    var content: Content

    /// Where the image may be; the first file that exists counts. Without folders, paths are as the system has them.
    var files: [URL] {
        folders.isEmpty
            ? paths.map { URL(filePath: $0) } : paths.flatMap { ImageSearch.files($0, in: folders) }
    }

    enum Content {
        case objects([AnnotatedObject])
        /// An image whose colours are the numbers of segments.
        case segments(file: URL, [UInt32: PanopticSegment])
    }
}

/// A region of an image that belongs to a class.
struct AnnotatedObject {
    /// The number of its class in the source; nil for a region that is ignored.
    var label: Int?
    var region: AnnotatedRegion
    /// What comes later is painted over what comes earlier; objects of one depth are in the order of the source.
    var depth = 0
    /// The object in messages: `annotation 12`.
    var name: String
}

/// A segment of a panoptic annotation.
struct PanopticSegment {
    /// The number of its class in the source; nil for a region that is ignored.
    var label: Int?
}

/// The pixels of an object as its source describes them.
enum AnnotatedRegion {
    /// Polygons `x, y, x, y...` in pixels; a pixel is inside if it is in one of them.
    case polygons([[Double]])
    /// A polygon of fractions of the width and the height.
    case fractions([Double])
    /// Lengths of runs along columns.
    case runs([Double], Size)
    /// The same as text.
    case compressedRuns(String, Size)
    /// Lengths of runs along the rows of a rectangle, as CVAT stores them.
    case rowRuns([Int], left: Int, top: Int, size: Size)
    /// A PNG file in Base64 whose pixels other than 0 are inside, with its upper left corner.
    case image(String, left: Int, top: Int)
    /// What the reader found wrong.
    case invalid(AnnotationError)

    /// The pixels in an image.
    /// - Throws: ``AnnotationError`` for what is no region of an image of this size.
    func runs(in size: Size) throws(AnnotationError) -> RunLengths {
        switch self {
        case .polygons(let polygons):
            guard !polygons.isEmpty else { throw AnnotationError("it has no polygon") }
            var regions: [RunLengths] = []
            for polygon in polygons { regions.append(try RunLengths(size: size, polygon: polygon)) }
            return RunLengths(union: regions)
        case .fractions(let polygon):
            let scaled = polygon.enumerated().map { $1 * Double($0 % 2 == 0 ? size.width : size.height) }
            return try RunLengths(size: size, polygon: scaled)
        case .runs(let counts, let stated):
            try Self.check(stated, size)
            var whole: [Int] = []
            whole.reserveCapacity(counts.count)
            for count in counts {
                guard let number = Int(exactly: count) else { throw AnnotationError("a run has the length \(count)") }
                whole.append(number)
            }
            return try RunLengths(size: size, counts: whole)
        case .compressedRuns(let text, let stated):
            try Self.check(stated, size)
            return try RunLengths(size: size, compressed: text)
        case .rowRuns(let counts, let left, let top, let box):
            return try Self.rowRuns(counts, left: left, top: top, box: box, in: size)
        case .image(let text, let left, let top):
            return try Self.image(text, left: left, top: top, in: size)
        case .invalid(let error): throw error
        }
    }

    private static func check(_ stated: Size, _ size: Size) throws(AnnotationError) {
        if stated != size { throw AnnotationError("its runs are of \(stated) pixels, its image has \(size)") }
    }

    private static func rowRuns(
        _ counts: [Int], left: Int, top: Int, box: Size, in size: Size
    ) throws(AnnotationError) -> RunLengths {
        // Runs along rows are runs along the columns of the box that is turned over its diagonal.
        let runs = try RunLengths(size: Size(height: box.width, width: box.height), counts: counts)
        var mask = Image(size: size, channels: 1)
        mask.withUnsafeMutablePixels { pixels in
            runs.forEachRun { run in
                let (first, last) = (run.lowerBound / box.width, (run.upperBound - 1) / box.width)
                let rows = max(first, -top)..<max(first, -top, min(last + 1, size.height - top))
                for row in rows {
                    let start = row == first ? run.lowerBound % box.width : 0
                    let end = row == last ? (run.upperBound - 1) % box.width + 1 : box.width
                    let columns = max(start, -left)..<max(start, -left, min(end, size.width - left))
                    for column in columns { pixels[(row + top) * size.width + column + left] = 1 }
                }
            }
        }
        return RunLengths(of: 1, in: mask)
    }

    private static func image(
        _ text: String, left: Int, top: Int, in size: Size
    ) throws(AnnotationError) -> RunLengths {
        guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
            throw AnnotationError("its mask is not written in Base64")
        }
        let part: Image
        do {
            part = try Image(encoded: Array(data), file: "mask")
        } catch {
            throw AnnotationError("its mask cannot be read: \(error.reason)")
        }
        var mask = Image(size: size, channels: 1)
        mask.withUnsafeMutablePixels { pixels in
            for row in max(0, -top)..<max(0, -top, min(part.height, size.height - top)) {
                for column in max(0, -left)..<max(0, -left, min(part.width, size.width - left))
                where part[row, column] != 0 {
                    pixels[(row + top) * size.width + column + left] = 1
                }
            }
        }
        return RunLengths(of: 1, in: mask)
    }
}
