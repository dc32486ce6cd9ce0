import NNLayers
import NNTraining

/// The areas of classes in pictures, as a program or a person reads them.
struct AreaList: Encodable {
    struct Image: Encodable {
        let image: String
        /// The pictures that were written of it.
        let files: [String]
        let classes: [Segmentation.ClassArea]
    }

    private(set) var images: [Image] = []

    mutating func add(_ areas: [Segmentation.ClassArea], of image: String, files: [String]) {
        images.append(Image(image: image, files: files, classes: areas))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(images)
    }

    /// A row for each class of each image (RFC 4180).
    var csv: String {
        CSV.text(
            columns: ["image", "index", "class", "pixels", "share"],
            rows: images.flatMap { image in
                image.classes.map { [image.image, "\($0.index)", $0.name, "\($0.pixels)", "\($0.share)"] }
            })
    }

    /// A row for each image, with the classes of the largest areas.
    var table: String {
        let count = min(images.map(\.classes.count).max() ?? 0, 4)
        var table = TextTable(columns: ["image"] + (1...max(count, 1)).flatMap { ["#\($0)", "%"] })
        for image in images {
            let cells = image.classes.prefix(count).flatMap { [$0.name, ($0.share * 100).fixed(1)] }
            table.add([image.image] + cells + [String](repeating: "", count: 2 * count - cells.count))
        }
        return table.description
    }
}
