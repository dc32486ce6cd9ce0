import NNLayers

/// A head whose results PyTorch has calculated too; see Tests/Fixtures/make_heads.py.
struct HeadCase: Sendable, CustomStringConvertible {
    let name: String
    let config: ConfigNode
    var infos = HeadCase.plain

    var description: String { name }

    static let imageSize = Size(height: 13, width: 18)
    static let classCount = 2
    static let plain = [(2, 4), (4, 6), (8, 8), (16, 10)].map { FeatureInfo(channels: $1, stride: $0) }
    static let pooled = [(1, 4), (2, 6), (4, 8), (8, 8)].map {
        FeatureInfo(channels: $1, stride: $0, hasPoolingIndices: $0 < 8)
    }

    /// The features with these maps, and with the indices of the poolings between them.
    func features(_ maps: [Tensor]) -> [Feature] {
        zip(maps, infos).map { map, info in
            let indices = info.hasPoolingIndices ? map.maxPooledWithIndices(kernel: 2).indices : nil
            return Feature(map, poolingIndices: indices)
        }
    }
}
