/// A convolution of one shape in one direction, as backends are asked for it.
@_spi(Kernels) public struct ConvolutionCall: Hashable, Sendable {
    /// What is calculated.
    public enum Direction: String, Hashable, Sendable, Codable {
        /// The output by a weight that does not change.
        case inference
        /// The output by a weight that is trained.
        case training
        /// The gradient by the input.
        case inputGradient = "input_gradient"
        /// The gradient by the weight.
        case weightGradient = "weight_gradient"
    }

    /// What is calculated.
    public var direction: Direction
    /// `[N, H, W, C]`
    public var input: Shape
    /// `[O, C / groups, KH, KW]`
    public var weight: Shape
    /// Strides, dilations, padding and groups.
    public var geometry: ConvolutionGeometry
    /// The type of images and gradients.
    public var dataType: DataType

    /// The member-wise initializer.
    public init(
        direction: Direction, input: Shape, weight: Shape, geometry: ConvolutionGeometry, dataType: DataType
    ) {
        self.direction = direction
        self.input = input
        self.weight = weight
        self.geometry = geometry
        self.dataType = dataType
    }

    /// The output; see ``Backend/convolution(_:weight:geometry:epilogue:)``.
    public static func output(
        of input: TensorSpecification, weight: Shape, geometry: ConvolutionGeometry, isTrained: Bool
    ) -> Self {
        Self(
            direction: isTrained ? .training : .inference, input: input.shape, weight: weight, geometry: geometry,
            dataType: input.dataType)
    }

    /// The gradient by the input; see ``Backend/convolutionInputGradient(_:weight:geometry:inputShape:)``.
    public static func inputGradient(
        _ outputGradient: Tensor, weight: Shape, geometry: ConvolutionGeometry, inputShape: Shape
    ) -> Self {
        Self(
            direction: .inputGradient, input: inputShape, weight: weight, geometry: geometry,
            dataType: outputGradient.dataType)
    }

    /// The gradient by the weight; see ``Backend/convolutionWeightGradient(_:input:geometry:weightShape:)``.
    public static func weightGradient(input: Tensor, geometry: ConvolutionGeometry, weightShape: Shape) -> Self {
        Self(
            direction: .weightGradient, input: input.shape, weight: weightShape, geometry: geometry,
            dataType: input.dataType)
    }

    /// The calculation by a backend, of random values, for measurements; nil where the backend leaves it to another.
    ///
    /// A weight that is trained is another one each time, as in steps of training, since it is packed anew.
    public func work() -> (any Backend) -> Tensor? {
        let keys = RandomKey(seed: 0)
        let size = geometry.outputSize(
            input: Size(height: input[1], width: input[2]), kernel: Size(height: weight[2], width: weight[3]))
        let outputShape: Shape = [input[0], size.height, size.width, weight[0]]
        let images = Tensor.uniform(input, in: -1..<1, key: keys.derived("images")).cast(to: dataType)
        let filters = Tensor.uniform(weight, in: -1..<1, key: keys.derived("weight"))
        let gradient = Tensor.uniform(outputShape, in: -1..<1, key: keys.derived("gradient")).cast(to: dataType)
        let epilogue = ConvolutionEpilogue(weightIsTrained: direction == .training)
        switch direction {
        case .inference:
            return { backend in
                let prepared = backend.preparedConvolution(
                    of: images.specification, weight: filters, geometry: geometry, epilogue: epilogue,
                    addsResidual: false)
                guard let prepared else {
                    return backend.convolution(images, weight: filters, geometry: geometry, epilogue: epilogue)
                }
                let output = Tensor(uninitialized: outputShape, dataType: dataType)
                prepared.run(images, residual: nil, into: output)
                return output
            }
        case .training:
            return { $0.convolution(images, weight: filters + 0, geometry: geometry, epilogue: epilogue) }
        case .inputGradient:
            return {
                $0.convolutionInputGradient(gradient, weight: filters + 0, geometry: geometry, inputShape: input)
            }
        case .weightGradient:
            return {
                $0.convolutionWeightGradient(gradient, input: images, geometry: geometry, weightShape: weight)
            }
        }
    }
}

extension ConvolutionCall: Codable {
    private struct Coded: Codable {
        var direction: Direction
        var input: [Int]
        var weight: [Int]
        var strides: [Int]
        var dilations: [Int]
        /// Top, bottom, left, right.
        var padding: [Int]
        var groups: Int
        var type: DataType
    }

    public func encode(to encoder: any Encoder) throws {
        let (strides, dilations, padding) = (geometry.strides, geometry.dilations, geometry.padding)
        try Coded(
            direction: direction, input: input.dimensions, weight: weight.dimensions,
            strides: [strides.height, strides.width], dilations: [dilations.height, dilations.width],
            padding: [padding.top, padding.bottom, padding.left, padding.right], groups: geometry.groups, type: dataType
        ).encode(to: encoder)
    }

    public init(from decoder: any Decoder) throws {
        let coded = try Coded(from: decoder)
        let counts = [coded.input, coded.weight, coded.padding, coded.strides, coded.dilations].map(\.count)
        guard counts == [4, 4, 4, 2, 2] else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a shape has another number of dimensions"))
        }
        let padding = coded.padding
        self.init(
            direction: coded.direction, input: Shape(coded.input), weight: Shape(coded.weight),
            geometry: ConvolutionGeometry(
                strides: Size(height: coded.strides[0], width: coded.strides[1]),
                dilations: Size(height: coded.dilations[0], width: coded.dilations[1]),
                padding: EdgeInsets(top: padding[0], bottom: padding[1], left: padding[2], right: padding[3]),
                groups: coded.groups),
            dataType: coded.type)
    }
}
