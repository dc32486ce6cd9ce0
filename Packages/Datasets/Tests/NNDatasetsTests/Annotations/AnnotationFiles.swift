import Foundation
@testable import NNDatasets
import NNLayers

extension TemporaryFolder {
    /// Writes an image of one shade.
    @discardableResult
    func writeImage(_ path: String, _ size: Size = Size(height: 8, width: 10), shade: UInt8 = 90) throws -> URL {
        let file = try file(path)
        try Image(size: size, filledWith: shade).writePNG(to: file)
        return file
    }

    /// Writes a file of COCO with an image of 8x10 pixels, `a.png`.
    /// - Parameter annotations: The annotations of the image 7, without their braces.
    @discardableResult
    func writeCOCO(
        _ path: String = "instances_train.json", annotations: [String], images: [String]? = nil,
        categories: String = #"{"id": 3, "name": "car"}, {"id": 90, "name": "tree"}, {"id": 17, "name": "road"}"#
    ) throws -> URL {
        let images = images ?? [#"{"id": 7, "file_name": "a.png", "height": 8, "width": 10}"#]
        let list = annotations.enumerated().map { #"{"id": \#($0 + 1), "image_id": 7, \#($1)}"# }
        return try write(
            """
            {"images": [\(images.joined(separator: ", "))], "annotations": [\(list.joined(separator: ",\n"))],
             "categories": [\(categories)]}
            """, to: path)
    }

    /// Converts a source to masks.
    @discardableResult
    func convert(
        _ source: URL, to output: String = "out", _ change: (inout AnnotationConversion) -> Void = { _ in }
    ) throws -> AnnotationReport {
        var conversion = AnnotationConversion()
        change(&conversion)
        try conversion.add(source)
        return try conversion.write(to: url.appending(path: output, directoryHint: .isDirectory), threads: 1)
    }

    /// The labels of a mask, a text of digits for each row; `#` for what is ignored.
    func mask(_ path: String) throws -> [String] {
        let mask = try Image(indicesOf: url.appending(path: path))
        return (0..<mask.height).map { row in
            (0..<mask.width).map { mask[row, $0] == 255 ? "#" : "\(mask[row, $0])" }.joined()
        }
    }

    func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: url.appending(path: path)), as: UTF8.self)
    }

    /// Every file and folder in it.
    var contents: Set<String> {
        Set(FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String } ?? [])
    }
}

/// A rectangle as a polygon of COCO.
func box(_ left: Int, _ top: Int, _ right: Int, _ bottom: Int) -> String {
    #""segmentation": [[\#(left), \#(top), \#(left), \#(bottom), \#(right), \#(bottom), \#(right), \#(top)]]"#
}
