import Foundation
@_spi(Text) import NNLayers

/// Paints the objects of an image into a mask.
struct MaskPainter {
    var overlaps: OverlapRule
    var brokenObjects: BrokenSamplePolicy
    /// The label of each class of the source; nil for classes that are left out.
    var labels: [UInt8?]
    /// The names of the classes of the source, for messages.
    var names: [String]
    /// The label of pixels without an object.
    var background: UInt8
    /// The label of pixels that do not count.
    var ignored: UInt8
    /// How the masks of segments are read.
    var reader = ImageReader()

    /// What was painted.
    struct Result {
        var mask: Image
        /// The number of objects of each class of the source.
        var objects: [Int: Int] = [:]
        /// The number of regions that are ignored, such as crowds.
        var ignoredRegions = 0
        /// The number of objects of classes that are left out.
        var unlisted = 0
        /// The number of pixels of an object that another class was painted over.
        var covered = 0
        /// The objects that were left out because something is wrong with them.
        var broken: [DatasetError] = []
    }

    /// - Throws: ``DatasetError`` with the file and the annotation, for what is wrong with an object, unless such are
    ///   left out, and for an overlap that is refused.
    func paint(_ image: AnnotatedImage, _ size: Size) throws(DatasetError) -> Result {
        switch image.content {
        case .objects(let objects): try paint(objects, of: image, size)
        case .segments(let file, let segments): try paint(segments, in: file, of: image, size)
        }
    }

    private func paint(
        _ objects: [AnnotatedObject], of image: AnnotatedImage, _ size: Size
    ) throws(DatasetError) -> Result {
        var mask = Image(size: size, channels: 1, filledWith: background)
        var result = Result(mask: mask)
        var regions: [(object: AnnotatedObject, runs: RunLengths, area: Int)] = []
        for object in objects {
            if let label = object.label, labels[label] == nil {
                result.unlisted += 1
                continue
            }
            do throws(AnnotationError) {
                let runs = try object.region.runs(in: size)
                regions.append((object, runs, runs.area))
            } catch {
                let error = DatasetError(
                    place: image.source, reason: "\(object.name) of the image '\(image.name.excerpt)': \(error)",
                    remedy: "Fix or remove it, or leave such annotations out")
                if brokenObjects == .fail { throw error }
                result.broken.append(error)
            }
        }
        // Sorting is stable, so that what is equal stays in the order of the source.
        switch overlaps {
        case .order, .refuse: regions.sort { $0.object.depth < $1.object.depth }
        case .area:
            regions.sort { left, right in
                let isLower = left.object.depth == .min
                return isLower != (right.object.depth == .min) ? isLower : left.area > right.area
            }
        }
        for (object, runs, _) in regions {
            let label = object.label.flatMap { labels[$0] } ?? ignored
            if let number = object.label {
                result.objects[number, default: 0] += 1
            } else {
                result.ignoredRegions += 1
            }
            var overlap: (pixel: Int, label: UInt8)?
            var covered = 0
            mask.withUnsafeMutablePixels { pixels in
                runs.forEachPixel { pixel in
                    let present = pixels[pixel]
                    if present != label, present != background, present != ignored {
                        covered += 1
                        if overlap == nil { overlap = (pixel, present) }
                    }
                    pixels[pixel] = label
                }
            }
            result.covered += covered
            if overlaps == .refuse, let overlap, label != ignored {
                throw refusal(of: overlap, by: object, in: image, size)
            }
        }
        result.mask = mask
        return result
    }

    private func refusal(
        of overlap: (pixel: Int, label: UInt8), by object: AnnotatedObject, in image: AnnotatedImage, _ size: Size
    ) -> DatasetError {
        let other = labels.firstIndex(of: overlap.label).map { names[$0] } ?? "\(overlap.label)"
        return DatasetError(
            place: image.source,
            reason: "\(object.name) of the image '\(image.name.excerpt)' overlaps an object of the class "
                + "'\(other.excerpt)' in row \(overlap.pixel / size.width), column \(overlap.pixel % size.width)",
            remedy: "Separate them, or paint one over the other by the rule 'order' or 'area'")
    }

    /// The colours of a panoptic mask are numbers of segments: red and 256 times green and 65,536 times blue.
    private func paint(
        _ segments: [UInt32: PanopticSegment], in file: URL, of image: AnnotatedImage, _ size: Size
    ) throws(DatasetError) -> Result {
        func wrong(_ reason: String) -> DatasetError {
            DatasetError(
                place: file.path, reason: reason, remedy: "Use the mask of the image '\(image.name.excerpt)'")
        }
        let colors: Image
        do {
            colors = try reader.maskColors(contentsOf: file)
        } catch {
            throw DatasetError(place: file.path, reason: error.reason, remedy: error.remedy)
        }
        guard colors.size == size else { throw wrong("the mask has \(colors.size) pixels, its image \(size)") }
        var result = Result(mask: Image(size: size, channels: 1, filledWith: ignored))
        // Pixels of 0 are of no segment, and are not counted by COCO either.
        var values: [UInt32: UInt8] = [0: ignored]
        for (id, segment) in segments {
            if let number = segment.label, labels[number] == nil { result.unlisted += 1 }
            values[id] = segment.label.map { labels[$0] ?? background } ?? ignored
            if let number = segment.label {
                result.objects[number, default: 0] += labels[number] == nil ? 0 : 1
            } else {
                result.ignoredRegions += 1
            }
        }
        var unknown: UInt32?
        result.mask.withUnsafeMutablePixels { pixels in
            var last: (id: UInt32, value: UInt8) = (0, ignored)
            for index in pixels.indices {
                let (red, green) = (UInt32(colors.pixels[3 * index]), UInt32(colors.pixels[3 * index + 1]))
                let id = red | green << 8 | UInt32(colors.pixels[3 * index + 2]) << 16
                if id != last.id {
                    if values[id] == nil, unknown == nil { unknown = id }
                    last = (id, values[id] ?? ignored)
                }
                pixels[index] = last.value
            }
        }
        if let unknown { throw wrong("it has the segment \(unknown), which the annotations do not name") }
        return result
    }
}

/// What becomes of pixels that belong to objects of several classes.
public enum OverlapRule: String, Codable, CaseIterable, Sendable {
    /// Objects are painted in the order of the annotations, the last on top; CVAT states an order itself.
    case order
    /// Smaller objects are painted over larger ones.
    case area
    /// They are an error.
    case refuse
}
