@_spi(Internal) import NNInference
@_spi(Text) import NNLayers

/// The predicted classes of images.
struct PredictionList: WholePredictionList {
    var inputs: [PredictedInput<Prediction>] = []
    /// The number of classes of each image.
    let count: Int

    func kept(_ output: Prediction) -> Prediction { output.first(count) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(inputs.map { PredictedInputJSON($0, key: "classes", \.classes) })
    }

    /// A row for each class of each image or frame (RFC 4180).
    var csv: String {
        CSV.text(
            columns: columns + ["rank", "index", "class", "probability"],
            rows: rows { output in
                output.classes.enumerated().map { rank, found in
                    ["\(rank + 1)", "\(found.index)", found.name, "\(found.probability)"]
                }
            })
    }

    /// A row for each image, with its classes and their probabilities in percent.
    var text: String {
        rankedTable(
            inputs.map { input in
                (
                    input.title,
                    input.output.classes.map { (name: $0.name, percent: ($0.probability * 100).fixed(2)) }
                )
            })
    }
}

/// The areas of the classes in images.
struct AreaList: Encodable {
    struct Image: Encodable {
        let image: String
        /// The files that were written for it.
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

    /// A row for each image, with its largest classes and their areas in percent.
    var table: String {
        rankedTable(
            images.map { image in
                (image.image, image.classes.prefix(4).map { (name: $0.name, percent: ($0.share * 100).fixed(1)) })
            })
    }
}

/// A row for each image with its classes in order, as many columns as the longest row has.
private func rankedTable(_ rows: [(image: String, classes: [(name: String, percent: String)])]) -> String {
    let count = rows.map(\.classes.count).max() ?? 0
    var table = TextTable(columns: ["image"] + (1...max(count, 1)).flatMap { ["#\($0)", "%"] })
    for row in rows {
        let cells = row.classes.flatMap { [$0.name, $0.percent] }
        table.add([row.image] + cells + [String](repeating: "", count: 2 * count - cells.count))
    }
    return table.description
}
