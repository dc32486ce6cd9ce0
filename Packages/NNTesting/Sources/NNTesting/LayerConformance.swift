import NNLayers

/// Checks the properties that every component of kind `layer` must have.
///
/// - Its result has the declared channels and, for images of several sizes, from `floor(H / stride)` to
///   `ceil(H / stride)` rows.
/// - Everything that ``checkLayer(_:input:gradientTolerance:treatsSamplesAlone:)`` checks.
///
/// ```swift
/// let layer = try registry.build(.layer, from: "blur_pool", LayerEnvironment(channels: 4))
/// try checkLayer(layer, channels: 4)
/// ```
///
/// - Parameters:
///   - layer: The layer with its channels and its stride.
///   - channels: The channels that it was made for.
///   - imageSizes: Should include odd sizes.
///   - border: The number of rows and columns that the result may lack because of windows without padding.
///   - gradientTolerance: The tolerance as a fraction of the gradient's length.
/// - Throws: ``CheckFailure`` with all findings.
public func checkLayer(
    _ layer: ImageLayer, channels: Int,
    imageSizes: [Size] = [Size(height: 12, width: 9), Size(height: 7, width: 8)], border: Int = 0,
    gradientTolerance: Double = 2e-4
) throws {
    var findings = Findings(layer.layer.typeName)
    for size in imageSizes {
        let shape: Shape = [2, size.height, size.width, channels]
        try findings.collect("images of \(size)") {
            try checkLayer(layer.layer, input: shape, gradientTolerance: gradientTolerance)
        }
        let result = withoutGradients { layer.layer(.ones(shape), .inference()).shape }
        func isScaled(_ length: Int, _ original: Int) -> Bool {
            (original / layer.stride - border...(original + layer.stride - 1) / layer.stride).contains(length)
        }
        findings.expect(
            result.rank == 4 && result[0] == 2 && result[3] == layer.channels && isScaled(result[1], size.height)
                && isScaled(result[2], size.width),
            "\(shape) becomes \(result), which contradicts \(layer.channels) channels and a stride of \(layer.stride)")
    }
    try findings.check()
}

/// Checks the properties that every component of kind `pooling` must have.
///
/// - It maps images of any size, `[N, H, W, C]`, to `[N, C]`, and an image of one pixel to a vector of its channels.
/// - Everything that ``checkLayer(_:input:gradientTolerance:treatsSamplesAlone:)`` checks.
///
/// - Parameters:
///   - pooling: Makes a pooling for a number of channels.
///   - channels: That number.
///   - gradientTolerance: The tolerance as a fraction of the gradient's length.
/// - Throws: ``CheckFailure`` with all findings.
public func checkPooling(
    _ pooling: (_ channels: Int) -> any Layer, channels: Int = 5, gradientTolerance: Double = 2e-4
) throws {
    let layer = pooling(channels)
    var findings = Findings(layer.typeName)
    for size in [Size(height: 5, width: 7), Size(height: 4, width: 4), Size(1)] {
        let shape: Shape = [2, size.height, size.width, channels]
        // Every mean of one pixel is that pixel, so that a parameter of the pooling has no gradient.
        if size.area > 1 {
            try findings.collect("images of \(size)") {
                try checkLayer(layer, input: shape, gradientTolerance: gradientTolerance)
            }
        }
        let result = withoutGradients { layer(.ones(shape), .inference()).shape }
        findings.expect(result == [2, channels], "\(shape) becomes \(result), not [2, \(channels)]")
    }
    try findings.check()
}
