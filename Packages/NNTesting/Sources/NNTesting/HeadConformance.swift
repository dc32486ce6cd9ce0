import NNLayers

/// Checks what every head has to stand, on made-up features.
///
/// - Logits are `[N, classes]` for classification and `[N, H, W, classes]` at image size for
///   segmentation, at even and odd sizes.
/// - All that ``checkLayer(_:input:gradientTolerance:treatsSamplesAlone:)`` checks, but for finite
///   differences: those belong to the layers.
///
/// - Parameter features: What the head was built for.
/// - Throws: ``CheckFailure`` with all that is wrong.
public func checkHead(
    _ head: any Head, features: [FeatureInfo], classCount: Int,
    imageSizes: [Size] = [Size(64), Size(height: 65, width: 97)]
) throws {
    var findings = Findings(head.typeName)
    for (index, size) in imageSizes.enumerated() {
        let made = madeUpFeatures(features, imageSize: size, key: RandomKey(seed: UInt64(index)))
        let conformance = ModuleConformance(
            head, inputs: made.flatMap { [$0.map, $0.poolingIndices].compactMap { $0 } }
        ) {
            inputs, context in
            var rest = inputs[...]
            let features = features.map { info in
                let map = rest.removeFirst()
                return Feature(map, poolingIndices: info.hasPoolingIndices ? rest.removeFirst() : nil)
            }
            return [head(features, imageSize: size, context)]
        }
        if index == 0 { try conformance.check(&findings) }
        let logits = withoutGradients { head(made, imageSize: size, .inference()) }
        let expected: Shape =
            switch head.task {
            case .classification: [2, classCount]
            case .segmentation: [2, size.height, size.width, classCount]
            }
        findings.expect(
            logits.shape == expected,
            "logits \(logits.shape) for images of \(size); \(head.task.rawValue) needs \(expected)")
    }
    try findings.check()
}

/// Random feature maps of two images, with the indices of 2x2 poolings where they are declared; the map
/// after such a pooling has the size that it leaves.
private func madeUpFeatures(_ infos: [FeatureInfo], imageSize: Size, key: RandomKey) -> [Feature] {
    var pooled: Shape?
    return infos.enumerated().map { index, info in
        let rows = pooled?[1] ?? (imageSize.height + info.stride - 1) / info.stride
        let columns = pooled?[2] ?? (imageSize.width + info.stride - 1) / info.stride
        let map = Tensor.normal(
            [2, rows, columns, info.channels], mean: 0, standardDeviation: 1, key: key.derived(UInt64(index)))
        let indices = info.hasPoolingIndices ? map.maxPooledWithIndices(kernel: 2, strides: 2).indices : nil
        pooled = indices?.shape
        return Feature(map, poolingIndices: indices)
    }
}
