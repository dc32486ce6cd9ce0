@_spi(Internal) import NNDatasets
import NNLayers

/// Extracts features of whole images from a backbone: the global average of its coarsest feature map.
///
/// A head trains on these in a fraction of the time, since the backbone runs only once for each image.
///
/// ```swift
/// let extractor = FeatureExtractor(network.backbone)
/// let features = try extractor.features(of: dataset, loader)
/// ```
public struct FeatureExtractor {
    private let backbone: any Backbone
    private let pooled: PreparedNetwork
    private let precision: Precision
    /// The type of the features: float32 or bfloat16.
    private let dataType: DataType

    /// An extractor of float32 features by default.
    public init(_ backbone: any Backbone, precision: Precision = .float32, dataType: DataType = .float32) {
        self.backbone = backbone
        pooled = PooledBackbone(backbone).prepared()
        self.precision = precision
        self.dataType = dataType
    }

    /// Extracts the features of all samples in order. Samples that the loader skips are left out.
    ///
    /// - Parameters:
    ///   - dataset: The samples.
    ///   - loader: Loads these samples in order, without augmentation.
    ///   - didFinishBatch: Called with the number of finished batches; its errors end the extraction.
    /// - Throws: `ImageError` for a sample that cannot be read or that the backbone does not accept, `DatasetError` if
    ///   no sample can be used or features are not finite.
    public func features(
        of dataset: any Dataset, _ loader: DataLoader, didFinishBatch: (Int) throws -> Void = { _ in }
    ) throws -> FeatureFile.SplitFeatures {
        let width = backbone.features[backbone.features.count - 1].channels
        var features = Tensor(uninitialized: [dataset.count, width], dataType: dataType)
        var (labels, names): ([Tensor], [String]) = ([], [])
        var batchCount = 0
        var inputs = InputProof()
        let batches = loader.batches(epoch: 0)
        while let loaded = try batches.next() {
            if let batch = loaded.withoutStandIns {
                try inputs.check(batch.images, precision: precision, name: "a batch of \(batch.count)") {
                    _ = backbone.features(of: $0, $1)
                }
                let rows = withoutGradients {
                    pooled(batch.images, .inference(precision: precision)).cast(to: dataType)
                }
                let start = names.count * width * dataType.byteCount
                features.withUnsafeMutableBytes { all in
                    rows.withUnsafeBytes {
                        UnsafeMutableRawBufferPointer(rebasing: all[start..<start + $0.count]).copyMemory(from: $0)
                    }
                }
                labels.append(batch.labels)
                names += batch.indices.map { dataset.files(at: $0).first ?? "\($0)" }
            }
            batchCount += 1
            try didFinishBatch(batchCount)
        }
        if names.isEmpty {
            throw DatasetError(place: "data", reason: "no sample can be used", remedy: "Run 'nn data check'")
        }
        let used = names.count == dataset.count ? features : features[0..<names.count]
        guard used.cast(to: .float32).sumOfSquares.isFinite else {
            throw DatasetError(
                place: "data", reason: "the backbone's features are not finite",
                remedy: "Check its weights, and that 'normalize' is the one of their training")
        }
        return FeatureFile.SplitFeatures(features: used, labels: .concatenated(labels, axis: 0), names: names)
    }
}

/// A backbone with the pooling of its coarsest map: images `[N, H, W, C]` to features `[N, C]`.
private final class PooledBackbone: Layer {
    @Child("") var backbone: any Backbone

    init(_ backbone: any Backbone) { self.backbone = backbone }

    func forward(_ images: Tensor, context: Context) -> Tensor {
        let maps = backbone.features(of: images, context)
        return maps[maps.count - 1].map.globalAveragePooled()
    }
}
