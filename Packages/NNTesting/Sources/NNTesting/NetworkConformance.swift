import NNLayers

/// Checks what every backbone has to stand.
///
/// - The features are declared from fine to coarse, and have the declared channels and strides at every
///   size of image, between `floor(H / stride)` and `ceil(H / stride)` rows; pooling indices come with
///   those that declare them.
/// - All that ``checkLayer(_:input:gradientTolerance:treatsSamplesAlone:)`` checks, but for finite
///   differences: those belong to the layers.
///
/// - Parameters:
///   - imageSizes: Also odd ones, none smaller than the backbone can take.
///   - border: How many rows and columns a feature may lack because convolutions without padding ate them.
/// - Throws: ``CheckFailure`` with all that is wrong.
public func checkBackbone(
    _ backbone: any Backbone,
    imageSizes: [Size] = [Size(64), Size(height: 65, width: 97), Size(height: 49, width: 78)], border: Int = 0
) throws {
    var findings = Findings(backbone.typeName)
    let declared = backbone.features
    findings.expect(!declared.isEmpty, "it declares no features")
    findings.expect(
        zip(declared, declared.dropFirst()).allSatisfy { $0.stride <= $1.stride },
        "features are not declared from fine to coarse: strides \(declared.map(\.stride))")
    for (index, size) in imageSizes.enumerated() {
        let images = Tensor.normal(
            [2, size.height, size.width, backbone.inputChannels], mean: 0, standardDeviation: 1,
            key: RandomKey(seed: UInt64(index)))
        let conformance = ModuleConformance(backbone, inputs: [images]) { inputs, context in
            backbone(inputs[0], context).flatMap { [$0.map, $0.poolingIndices].compactMap { $0 } }
        }
        if index == 0 { try conformance.check(&findings) }
        for context in [Context.inference(), .inference(precision: .bfloat16)] {
            let features = withoutGradients { backbone(images.cast(to: context.precision.dataType), context) }
            findings.expect(
                features.count == declared.count,
                "\(features.count) features come out of images of \(size), \(declared.count) are declared")
            for (place, (feature, info)) in zip(features, declared).enumerated() {
                let subject = "feature \(place) of images of \(size) in \(context.precision.rawValue)"
                check(feature, against: info, imageSize: size, border: border, precision: context.precision) {
                    findings.add("\(subject): \($0)")
                }
            }
        }
    }
    try findings.check()
}

private func check(
    _ feature: Feature, against info: FeatureInfo, imageSize: Size, border: Int, precision: Precision,
    report: (String) -> Void
) {
    func isScaled(_ length: Int, _ original: Int, by stride: Int, border: Int) -> Bool {
        (original / stride - border...(original + stride - 1) / stride).contains(length)
    }
    let shape = feature.map.shape
    guard shape.rank == 4, shape[0] == 2 else { return report("\(shape) is not [2, H, W, C]") }
    if shape[3] != info.channels { report("\(shape[3]) channels, declared are \(info.channels)") }
    if !isScaled(shape[1], imageSize.height, by: info.stride, border: border)
        || !isScaled(shape[2], imageSize.width, by: info.stride, border: border)
    {
        report("a map of \(shape[1])x\(shape[2]) does not have the declared stride \(info.stride)")
    }
    if feature.map.dataType != precision.dataType { report("its type is \(feature.map.dataType)") }
    switch (info.hasPoolingIndices, feature.poolingIndices) {
    case (true, nil): report("the declared pooling indices are missing")
    case (false, _?): report("it has pooling indices that are not declared")
    case (true, let indices?):
        if indices.dataType != .int32 || indices.rank != 4 || indices.shape[0] != 2 || indices.shape[3] != shape[3]
            || !isScaled(indices.shape[1], shape[1], by: 2, border: 0)
            || !isScaled(indices.shape[2], shape[2], by: 2, border: 0)
        {
            report("pooling indices \(indices.specification) for a map \(shape)")
        }
    case (false, nil): break
    }
}

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
