import NNLayers

/// Checks the properties that every backbone must have.
///
/// - Features are declared from fine to coarse. For every image size they have the declared channels and strides, with
///   `floor(H / stride)` to `ceil(H / stride)` rows, and come with pooling indices if these are declared.
/// - Everything that ``checkLayer(_:input:gradientTolerance:treatsSamplesAlone:)`` checks, except finite differences,
///   which are left to the checks of single layers.
///
/// ```swift
/// try checkBackbone(ResNetCifar(depth: 8))
/// ```
///
/// - Parameters:
///   - backbone: Initialized with random values if it has none.
///   - imageSizes: Should include odd sizes, none smaller than the backbone accepts.
///   - border: The number of rows and columns that features may lack because of convolutions without padding.
/// - Throws: ``CheckFailure`` with all findings.
public func checkBackbone(
    _ backbone: any Backbone,
    imageSizes: [Size] = [Size(64), Size(height: 65, width: 97), Size(height: 49, width: 78)], border: Int = 0
) throws {
    var findings = Findings(backbone.typeName)
    let declared = backbone.features
    findings.expect(!declared.isEmpty, "no features are declared")
    findings.expect(
        zip(declared, declared.dropFirst()).allSatisfy { $0.stride <= $1.stride },
        "the declared features are not ordered from fine to coarse: strides \(declared.map(\.stride))")
    for (sizeIndex, size) in imageSizes.enumerated() {
        let images = Tensor.normal(
            [2, size.height, size.width, backbone.inputChannels], mean: 0, standardDeviation: 1,
            key: RandomKey(seed: UInt64(sizeIndex)))
        let conformance = ModuleConformance(backbone, inputs: [images]) { inputs, context in
            backbone(inputs[0], context).flatMap { [$0.map, $0.poolingIndices].compactMap { $0 } }
        }
        if sizeIndex == 0 { try conformance.check(&findings) }
        for context in [Context.inference(), .inference(precision: .bfloat16)] {
            let features = withoutGradients { backbone(images.cast(to: context.precision.dataType), context) }
            findings.expect(
                features.count == declared.count,
                "\(features.count) features for images of \(size), but \(declared.count) are declared")
            for (index, (feature, info)) in zip(features, declared).enumerated() {
                let subject = "feature \(index) for images of \(size) in \(context.precision.rawValue)"
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
    guard shape.rank == 4, shape[0] == 2 else { return report("shape \(shape), expected [2, H, W, C]") }
    if shape[3] != info.channels { report("\(shape[3]) channels, but \(info.channels) are declared") }
    if !isScaled(shape[1], imageSize.height, by: info.stride, border: border)
        || !isScaled(shape[2], imageSize.width, by: info.stride, border: border)
    {
        report("a map of \(shape[1])x\(shape[2]) contradicts the declared stride of \(info.stride)")
    }
    if feature.map.dataType != precision.dataType {
        report("element type \(feature.map.dataType), expected \(precision.dataType)")
    }
    switch (info.hasPoolingIndices, feature.poolingIndices) {
    case (true, nil): report("the declared pooling indices are missing")
    case (false, _?): report("undeclared pooling indices")
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

/// Checks the properties that every head must have, on synthetic features.
///
/// - Logits are `[N, classes]`, or `[N, H, W, classes]` at image size for segmentation and other dense tasks, for even
///   and odd sizes.
/// - Everything that ``checkLayer(_:input:gradientTolerance:treatsSamplesAlone:)`` checks, except finite differences,
///   which are left to the checks of single layers.
///
/// - Parameters:
///   - head: Initialized with random values if it has none.
///   - features: The features that the head was built for.
///   - classCount: The number of classes that it was built for.
///   - imageSizes: Should include odd sizes.
/// - Throws: ``CheckFailure`` with all findings.
public func checkHead(
    _ head: any Head, features: [FeatureInfo], classCount: Int,
    imageSizes: [Size] = [Size(64), Size(height: 65, width: 97)]
) throws {
    var findings = Findings(head.typeName)
    for (index, size) in imageSizes.enumerated() {
        let made = syntheticFeatures(features, imageSize: size, key: RandomKey(seed: UInt64(index)))
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
        let expected = Shape([2] + (head.task.isDense ? [size.height, size.width] : []) + [classCount])
        findings.expect(
            logits.shape == expected,
            "logits \(logits.shape) for images of \(size), but \(head.task.rawValue) needs \(expected)")
    }
    try findings.check()
}

/// Random feature maps of two images, with the indices of 2x2 max pooling if they are declared; the next map then has the
/// size of the pooled one.
private func syntheticFeatures(_ infos: [FeatureInfo], imageSize: Size, key: RandomKey) -> [Feature] {
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
