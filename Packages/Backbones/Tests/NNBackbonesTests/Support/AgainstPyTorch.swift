import NNLayers
@_spi(Testing) import NNTesting
import Testing

/// Holds a backbone against a case that Tests/Fixtures/backbone_fixture.py wrote, then calculates in bfloat16.
/// - Parameter tolerance: The allowed error as a part of the norm of what is compared.
func check(_ backbone: any Backbone, against name: String, in file: String, tolerance: Double = 1e-4) throws {
    try fixture(name, in: file).check(backbone, tolerance: tolerance) { inputs, context in
        backbone(inputs[0], context).map { thinned($0.map) }
    }
    try checkBFloat16(backbone)
}

/// The style of a case: its name ends with the activation.
func fixtureStyle(_ name: String) -> ConvolutionStyle {
    let activations = ["silu": Activation.silu, "relu": .relu, "relu6": .relu6]
    return ConvolutionStyle(activation: activations[String(name.split(separator: "_").last ?? "")] ?? .identity)
}

/// The values that a file has of a map.
private func thinned(_ map: Tensor) -> Tensor {
    let (height, width, channels) = (map.shape[1], map.shape[2], map.shape[3])
    return map.slice(axis: 1, range: 0..<height, step: height / 5 | 1)
        .slice(axis: 2, range: 0..<width, step: width / 5 | 1)
        .slice(axis: 3, range: 0..<channels, step: channels / 16 | 1)
}

/// Expects the features of float32 but for rounding, and in training gradients for all parameters.
private func checkBFloat16(_ backbone: any Backbone) throws {
    // Maps of one pixel would leave two values to a normalization, whose gradient is zero but for rounding.
    let images = hashedImages(Size(height: 112, width: 128))
    let fine = withoutGradients { backbone(images, .inference()) }
    let coarse = withoutGradients { backbone(images.cast(to: .bfloat16), .inference(precision: .bfloat16)) }
    for (position, (coarse, fine)) in zip(coarse, fine).enumerated() {
        let error = distance(coarse.map, fine.map)
        #expect(error < 0.15, "feature \(position) in bfloat16 is \(error) off")
    }
    let context = Context(training: true, precision: .bfloat16, random: RandomKey(seed: 0))
    let loss = backbone(images.cast(to: .bfloat16), context).map { ($0.map.cast(to: .float32) * $0.map).sum() }
        .reduce(Tensor(scalar: 0 as Float), +)
    let gradients = loss.backward()
    for (name, parameter) in ModuleTree(backbone).parameters {
        let values = try #require(parameter.gradient(in: gradients), "no gradient reaches \(name)").floats
        let length = values.reduce(0) { $0 + $1 * $1 }
        #expect(length.isFinite && length > 0, "the gradient of \(name) has the square length \(length)")
    }
}

/// Expects that a backbone with a smaller output stride has, at every second or fourth pixel, the features of
/// one with the full stride: dilation lets a window see what it would have seen.
func checkDilation(_ dilated: any Backbone, sees full: any Backbone, imageSize: Size) throws {
    full.fillWithHashedValues()
    try dilated.load(full.stateDictionary)
    let images = hashedImages(imageSize)
    let (dense, sparse) = withoutGradients { (dilated(images, .inference()), full(images, .inference())) }
    for position in sparse.indices {
        let step = full.features[position].stride / dilated.features[position].stride
        let map = dense[position].map
        let chosen = map.slice(axis: 1, range: 0..<map.shape[1], step: step)
            .slice(axis: 2, range: 0..<map.shape[2], step: step)
        try #require(chosen.shape == sparse[position].map.shape)
        let error = distance(chosen, sparse[position].map)
        #expect(error < 1e-5, "feature \(position) is \(error) off")
    }
    #expect(dilated.features.last?.stride != full.features.last?.stride)
}

private func hashedImages(_ size: Size) -> Tensor {
    let shape: Shape = [2, size.height, size.width, 3]
    return Tensor(hashedNoise("images", shape.elementCount).map { Float($0) }, shape: shape)
}

/// The length of the difference as a part of that of the expected values.
private func distance(_ tensor: Tensor, _ expected: Tensor) -> Double {
    let expected = expected.cast(to: .float32)
    let difference = tensor.cast(to: .float32) - expected
    return Double(((difference * difference).sum().floats[0] / (expected * expected).sum().floats[0]).squareRoot())
}
