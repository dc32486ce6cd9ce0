@_spi(Internal) import NNDatasets
import NNInference
import NNLayers
@_spi(Internal) import NNPlotting

/// Draws the first batch as the network sees it, after all transforms, to `augmented_batch.png` in the run folder.
///
/// It is drawn from the batch of the first step, so that nothing is loaded or drawn at random for it.
struct AugmentedBatchSheet {
    private let run: RunDirectory
    private let count: Int

    /// The name of the file.
    static let fileName = "augmented_batch.png"
    /// The most values of an image in its captions.
    private static let valueCount = 8

    /// A sheet of the first images of a batch, 24 by default.
    init(_ run: RunDirectory, count: Int = 24) {
        self.run = run
        self.count = count
    }

    /// Writes the sheet; nothing for a batch of features.
    /// - Parameters:
    ///   - batch: The first batch.
    ///   - dataset: The samples that it has.
    ///   - data: The normalization to undo, and the names of classes.
    /// - Throws: `ImageError` if it cannot be written.
    func write(_ batch: Batch, of dataset: any Dataset, _ data: DataDescription) throws(ImageError) {
        guard dataset.features == nil, let sheet = draw(batch, of: dataset, data) else { return }
        try sheet.writePNG(to: run.file(Self.fileName))
    }

    /// The sheet; nil for images that the normalization is not of.
    func draw(_ batch: Batch, of dataset: any Dataset, _ data: DataDescription) -> Image? {
        guard batch.images.shape.rank == 4, batch.images.shape[3] == data.normalization.channels else { return nil }
        let (positions, longer) = (0..<min(batch.count, count), max(batch.images.shape[1], batch.images.shape[2]))
        let names = dataset.classNames.enumerated().map { DrawnName.text($1, index: $0) }
        let hasMasks = batch.labels.rank == 3 && batch.labels.dataType == .int32
        let entries = positions.flatMap { position -> [ContactSheet.Entry] in
            let image = batch.image(at: position, data.normalization).view(channels: dataset.imageReader.viewChannels)
            guard hasMasks else {
                return [ContactSheet.Entry(image: image, captions: captions(batch, position, names, dataset.labelKind))]
            }
            let mask = coloredMask(batch, position, dataset)
            return [image, mask].map { ContactSheet.Entry(image: $0, captions: []) }
        }
        var sheet = ContactSheet(entries: entries)
        // Images keep to one row with their masks.
        if hasMasks {
            let isLarge = positions.count <= 8
            (sheet.columns, sheet.side) = isLarge ? (4, 256) : (6, 176)
            sheet.legend = legend(batch.labels[positions], dataset)
        } else if longer > sheet.side {
            sheet.side = 176
        }
        return sheet.draw()
    }

    /// The label in words; for a mixed image both of its labels with their shares, the larger one first.
    private func captions(_ batch: Batch, _ position: Int, _ names: [String], _ kind: LabelKind) -> [String] {
        let own = text(batch.labels, position, names, kind)
        guard let mixture = batch.mixture else { return [own] }
        let other = text(mixture.labels, position, names, kind)
        if own == other { return [own] }
        let percent = Int((mixture.share * 100).rounded())
        let lines = ["\(100 - percent) % \(own)", "\(percent) % \(other)"]
        return percent > 50 ? lines.reversed() : lines
    }

    private func text(_ labels: Tensor, _ position: Int, _ names: [String], _ kind: LabelKind) -> String {
        let label = labels[position..<position + 1]
        if label.dataType == .int32 {
            let indices = label.scalars(as: Int32.self)
            return Target.label(Int(indices[0])).text(names: names, kind: kind)
        }
        let values = label.scalars(as: Float.self)
        // Those of a map of numbers are too many to read; flags that are set may be anywhere.
        let shown = kind == .flags ? values : Array(values.prefix(Self.valueCount))
        return Target.values(TargetValues(shown)).text(names: names, kind: kind)
    }

    /// The mask in the colours of its classes; of a mixed image both masks, blended as the images are.
    private func coloredMask(_ batch: Batch, _ position: Int, _ dataset: any Dataset) -> Image {
        let own = batch.labels.mask(at: position).colored(dataset.classColors)
        guard let mixture = batch.mixture else { return own }
        return own.overlaid(mixture.labels.mask(at: position).colored(dataset.classColors), opacity: mixture.share)
    }

    /// The classes that occur in masks.
    private func legend(_ masks: Tensor, _ dataset: any Dataset) -> [(name: String, color: Color)] {
        let labels = Set(masks.scalars(as: Int32.self).map(Int.init))
        let (names, colors) = (dataset.classNames, dataset.classColors)
        let known = Array(zip(names, colors)).enumerated().filter { labels.contains($0.offset) }
        let hasOthers = labels.contains { !names.indices.contains($0) }
        return known.map { (DrawnName.text($0.element.0, index: $0.offset), $0.element.1) }
            + (hasOthers ? [("ignored", Color.ignored)] : [])
    }
}

extension Batch {
    /// An image as it was before normalization.
    fileprivate func image(at position: Int, _ normalization: Normalization) -> Image {
        var floats = images[position..<position + 1].floats
        let channels = normalization.channels
        for index in floats.indices {
            let channel = index % channels
            floats[index] = floats[index] * normalization.standardDeviation[channel] + normalization.mean[channel]
        }
        let size = Size(height: images.shape[1], width: images.shape[2])
        return Image(size: size, channels: channels, floats: floats)
    }
}

extension Tensor {
    /// One of the masks `[N, H, W]`.
    fileprivate func mask(at position: Int) -> Image {
        let indices = self[position..<position + 1].scalars(as: Int32.self)
        return Image(
            size: Size(height: shape[1], width: shape[2]), channels: 1,
            pixels: indices.map(UInt8.init(truncatingIfNeeded:)))
    }
}
