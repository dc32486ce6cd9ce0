import Foundation
@_spi(Internal) import NNDatasets
@_spi(Internal) import NNInference
import NNLayers

@testable import NNReporting

/// Predicts for the image of each sample the logits of a row of a table, whose index its first two bytes are.
final class TableNetwork: Layer {
    private let table: Tensor

    init(_ rows: [[Float]]) { table = Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count]) }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        let bytes = input.cast(to: .float32) * 255
        let high = bytes.slice(axis: 3, range: 0..<1)
        let low = bytes.slice(axis: 3, range: 1..<2)
        let index = (high * 256 + low + 0.5).slice(axis: 1, range: 0..<1).slice(axis: 2, range: 0..<1)
        return table.gathered(indices: index.reshaped([input.shape[0]]).cast(to: .int32), axis: 0)
    }
}

/// Images with the index of their sample in the first bytes.
struct IndexedImages: Dataset {
    var classNames: [String]
    let targets: [Target]
    var labelKind = LabelKind.classes
    var ignoreIndex: Int?
    var paths: [String] = []
    var size = Size(4)

    var count: Int { targets.count }

    func sample(at index: Int) -> Sample {
        var image = Image(size: size)
        for row in 0..<size.height {
            for column in 0..<size.width {
                image[row, column, 0] = UInt8(index / 256)
                image[row, column, 1] = UInt8(index % 256)
            }
        }
        return Sample(image: image, target: targets[index], name: "\(index)")
    }

    func files(at index: Int) -> [String] { paths.isEmpty ? [] : [paths[index]] }
}

/// Known predictions of a classifier.
struct KnownPredictions {
    let dataset: IndexedImages
    let rows: [[Float]]

    /// Random logits and labels.
    init(classNames: [String], count: Int, seed: UInt64 = 1, spread: Float = 6) {
        var random = RandomGenerator(key: RandomKey(seed: seed))
        let classCount = classNames.count
        let rows = (0..<count).map { _ in (0..<classCount).map { _ in random.number(in: 0...spread) } }
        let labels = (0..<count).map { index -> Target in
            let best = rows[index].indices.max { rows[index][$0] < rows[index][$1] } ?? 0
            return .label(index % 3 == 0 ? random.index(below: classCount) : best)
        }
        self.rows = rows
        dataset = IndexedImages(classNames: classNames, targets: labels)
    }

    init(_ dataset: IndexedImages, rows: [[Float]]) { (self.dataset, self.rows) = (dataset, rows) }

    func source(_ task: PredictionTask = .classification, split: Split = .validation) throws -> PredictionSource {
        PredictionSource(
            network: TableNetwork(rows), task: task, dataset: dataset,
            loader: try DataLoader(dataset, batchSize: 7, evaluates: true), split: split)
    }

    func label(_ index: Int) -> Int {
        guard case .label(let label) = dataset.targets[index] else { return -1 }
        return label
    }
}

extension [ReportSection] {
    /// The markup of a section.
    func body(_ anchor: String) -> String { first { $0.anchor == anchor }?.body.description ?? "" }

    /// The markup of all.
    var markup: String { map { $0.title + $0.body.description }.joined() }
}

extension String {
    /// How often a text occurs.
    func count(of text: String) -> Int { components(separatedBy: text).count - 1 }
}
