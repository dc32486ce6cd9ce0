import NNLayers

/// Checks the options of an activation, see ``checkOptions(_:_:in:_:use:)``: what it makes of numbers is finite.
public func checkOptions(
    _ kind: ComponentKind<Void, () -> any Layer>, _ options: ConfigNode, in registry: Registry
) throws {
    try checkOptions(kind, options, in: registry, ()) { make in try useLayer(make()) }
}

/// Checks the options of a normalization, see ``checkOptions(_:_:in:_:use:)``: what it makes of numbers is finite.
public func checkOptions(
    _ kind: ComponentKind<Void, (_ channels: Int) -> (any Layer)?>, _ options: ConfigNode, in registry: Registry
) throws {
    try checkOptions(kind, options, in: registry, ()) { make in try make(channelCount).map { try useLayer($0) } }
}

/// Checks the options of an attention, see ``checkOptions(_:_:in:_:use:)``: what it makes of numbers is finite.
public func checkOptions(
    _ kind: ComponentKind<ConvolutionStyle, (_ channels: Int) -> (any Layer)?>, _ options: ConfigNode,
    in registry: Registry
) throws {
    try checkOptions(kind, options, in: registry, ConvolutionStyle()) { make in
        try make(channelCount).map { try useLayer($0) }
    }
}

/// Checks the options of a layer, see ``checkOptions(_:_:in:_:use:)``: of shapes only, its result has the declared
/// channels.
public func checkOptions(
    _ kind: ComponentKind<LayerEnvironment, ImageLayer>, _ options: ConfigNode, in registry: Registry
) throws {
    try checkOptions(kind, options, in: registry, LayerEnvironment(channels: channelCount)) { made in
        for isTraining in [false, true] {
            let trace = Trace()
            let input = trace.input(TensorSpecification(shape: [2, 33, 40, channelCount]))
            let output = made.layer(input, Context(training: isTraining, random: RandomKey(seed: 0)))
            try trace.check()
            guard output.rank == 4, output.shape[3] == made.channels else {
                throw CheckFailure(
                    subject: "layer", findings: ["the result \(output.shape) has not the \(made.channels) channels"])
            }
        }
    }
}

/// Checks the options of a pooling, see ``checkOptions(_:_:in:_:use:)``: what it makes of numbers is finite.
public func checkOptions(
    _ kind: ComponentKind<Void, (_ channels: Int) -> any Layer>, _ options: ConfigNode, in registry: Registry
) throws {
    try checkOptions(kind, options, in: registry, ()) { make in
        try useLayer(make(channelCount), output: [2, channelCount])
    }
}

/// Checks the options of an initializer, see ``checkOptions(_:_:in:_:use:)``: its values are finite.
public func checkOptions(
    _ kind: ComponentKind<Void, any Initializer>, _ options: ConfigNode, in registry: Registry
) throws {
    try checkOptions(kind, options, in: registry, ()) { initializer in
        for shape in [[4, 3], [4, 2, 3, 3]] as [Shape] {
            try requireFinite(initializer.values(shape, key: RandomKey(seed: 0)), "a weight \(shape)")
        }
    }
}

/// Checks the options of a backbone, see ``checkOptions(_:_:in:_:use:)``: of shapes only, its features are those that it
/// declares.
/// - Parameter imageSize: The size of the images.
public func checkOptions(
    _ kind: ComponentKind<Void, any Backbone>, _ options: ConfigNode, in registry: Registry,
    imageSize: Size = Size(height: 97, width: 129)
) throws {
    try checkOptions(kind, options, in: registry, ()) { backbone in
        for isTraining in [false, true] {
            let trace = Trace()
            let images = trace.input(
                TensorSpecification(shape: [2, imageSize.height, imageSize.width, backbone.inputChannels]))
            let features = backbone(images, Context(training: isTraining, random: RandomKey(seed: 0)))
            try trace.check()
            guard features.map({ $0.map.shape[-1] }) == backbone.features.map(\.channels) else {
                throw CheckFailure(
                    subject: backbone.typeName,
                    findings: ["features \(features.map(\.map.shape)) are not those declared: \(backbone.features)"])
            }
        }
    }
}

/// Checks the options of a head, see ``checkOptions(_:_:in:_:use:)``: of shapes only, its logits have the shape of its
/// task.
/// - Parameter features: The features of the backbone; by default at the strides 1 to 32 with pooling indices, so that
///   every built-in head fits.
public func checkOptions(
    _ kind: ComponentKind<HeadEnvironment, any Head>, _ options: ConfigNode, in registry: Registry,
    features: [FeatureInfo]? = nil
) throws {
    let features =
        features ?? (0..<6).map { FeatureInfo(channels: 8, stride: 1 << $0, hasPoolingIndices: $0 < 5) }
    let environment = HeadEnvironment(features: features, classCount: 2)
    let size = Size(height: 64, width: 96)
    try checkOptions(kind, options, in: registry, environment) { head in
        for isTraining in [false, true] {
            let trace = Trace()
            func input(_ info: FeatureInfo, stride: Int, _ dataType: DataType) -> Tensor {
                let shape: Shape = [2, size.height / stride, size.width / stride, info.channels]
                return trace.input(TensorSpecification(shape: shape, dataType: dataType))
            }
            let maps = features.map { info in
                Feature(
                    input(info, stride: info.stride, .float32),
                    poolingIndices: info.hasPoolingIndices ? input(info, stride: 2 * info.stride, .int32) : nil)
            }
            let logits = head(maps, imageSize: size, Context(training: isTraining, random: RandomKey(seed: 0)))
            try trace.check()
            let leading = head.task == .segmentation ? [2, size.height, size.width] : [2]
            guard logits.shape == Shape(leading + [2]) || logits.shape == Shape(leading + [1]) else {
                throw CheckFailure(subject: head.typeName, findings: ["the logits are \(logits.shape)"])
            }
        }
    }
}

/// Checks the options of a loss of three classes or outputs, see ``checkOptions(_:_:in:_:use:)``: the loss and its
/// gradient are finite for all labels that it takes, of which some are ignored or unknown.
public func checkOptions(
    _ kind: ComponentKind<LossEnvironment, any Loss>, _ options: ConfigNode, in registry: Registry
) throws {
    let environment = LossEnvironment(classCount: 3, classNames: ["a", "b", "c"], ignoreIndex: 255)
    try checkOptions(kind, options, in: registry, environment) { loss in
        for task in PredictionTask.allCases where loss.labelKinds.contains(task.labels) {
            let example = TaskLabels(task, outputCount: 3, count: 8)
            let logits = example.random.requiringGradient()
            let value = loss(logits, labels: example.labels(without: [1, 6], ignoreIndex: 255))
            try requireFinite(value, "the loss")
            if value.isTracked, let gradient = value.backward()[logits] { try requireFinite(gradient, "the gradient") }
        }
    }
}

/// Throws ``CheckFailure`` for numbers that are not finite.
@_spi(Testing) public func requireFinite(_ tensor: Tensor, _ subject: String) throws {
    let values = withoutGradients { tensor.cast(to: .float32).floats }
    if let value = values.first(where: { !$0.isFinite }) {
        throw CheckFailure(subject: subject, findings: ["\(subject) is not finite, but \(value)"])
    }
}

private let channelCount = 6

/// Uses a layer in training and inference, and in both types.
private func useLayer(_ layer: any Layer, output shape: Shape? = nil) throws {
    layer.initialize(key: RandomKey(seed: 1))
    let input = Tensor.normal([2, 5, 4, channelCount], key: RandomKey(seed: 2))
    for precision in [Precision.float32, .bfloat16] {
        for isTraining in [true, false] {
            let context = Context(training: isTraining, precision: precision, random: RandomKey(seed: 3))
            let output = layer(input.cast(to: precision.dataType), context)
            guard output.shape == shape ?? input.shape else {
                throw CheckFailure(subject: layer.typeName, findings: ["\(input.shape) becomes \(output.shape)"])
            }
            try requireFinite(output, "the output")
        }
    }
}
