import CNNOneDNN
import NNCore

/// Everything that the compiled code of a convolution depends on.
struct ConvolutionKey: Hashable {
    enum Direction: Hashable {
        case forward(hasBias: Bool, hasResidual: Bool, activation: Activation)
        case inputGradient
        case weightGradient
    }

    var direction: Direction
    var geometry: ConvolutionGeometry
    var inputShape: Shape
    var outputShape: Shape
    var weightShape: Shape
    var dataType: DataType
    /// The type of a forward result; nil for ``dataType``.
    var outputType: DataType?

    /// The dimensions of the weight `[O, I, KH, KW]`, or `[G, O / G, I / G, KH, KW]` with several groups.
    var weightDimensions: [Int] {
        let groups = geometry.groups
        return groups == 1
            ? weightShape.dimensions : [groups, weightShape[0] / groups] + weightShape.dimensions.dropFirst()
    }

    /// Whether the next backend is faster, which has nothing to do with right or wrong (``OneDNNRule``): so it is at
    /// depthwise convolutions other than those of 3x3 in float32 without dilation.
    ///
    /// 2.6.3 on two cores with AVX-512 without bfloat16: time of oneDNN by that of the next backend, forward, gradient by
    /// the input and by the weight. For 3x3 in float32 without dilation 0.7 to 1.05, 0.8 to 1.1 and 0.45 to 1.4 over
    /// Xception, MobileNet and JPU; dilated by 2 to 8, where it computes gradients as of any groups, 1.1 to 12, 7 to 14 and
    /// 18 to 22; 5x5 and 7x7 0.85 to 1.2, 0.9 to 1.6 and 6 to 12. In bfloat16 3x3 has 2 to 5, 2 to 4 and 1.5 to 4.4,
    /// dilated 3 to 41, 35 to 40 and 85 to 150, 5x5 and 7x7 3 to 8, 2 to 7 and 28 to 80.
    var isFasterElsewhere: Bool {
        let isDepthwise = geometry.groups > 1 && groupInputs == 1 && groupOutputs == 1
        let isThreeByThree = weightShape[2] == 3 && weightShape[3] == 3
        return isDepthwise && (dataType == .bfloat16 || isDilated || !isThreeByThree)
    }

    /// Whether the next backend is faster than an implementation of oneDNN: so it is than `jit:avx2`, which was made for
    /// blocks of channels, on plain memory at windows of 32 channels and more.
    ///
    /// 2.6.3 on two cores of Zen 3, time of oneDNN by that of the next backend, one image and eight: 3x3 of stride 2 with
    /// 128, 256 and 512 channels 2.4 and 2.1, 1.8 and 1.7, 1.5 and 1.2, with 32 to 64 1.2 and 1.1, with 16 to 32 0.7
    /// and 0.95; of stride 1 with 128 1.3 and 2.0, with 16 0.7 and 0.9.
    func isFasterElsewhere(than implementation: String) -> Bool {
        implementation == "jit:avx2" && dataType == .float32 && !isPointwise && min(groupInputs, groupOutputs) >= 32
    }

    /// Requests a plan of the convolution; nil if oneDNN has none.
    func makePlan(_ runtime: OneDNNRuntime) -> PrimitivePlan? {
        let (library, engine) = (runtime.library, runtime.engine)
        let functions = library.functions
        let input = MemoryDescriptor(images: inputShape, dataType: dataType, library)
        let output = MemoryDescriptor(images: outputShape, dataType: outputType ?? dataType, library)
        let weight = MemoryDescriptor(any: weightDimensions, dataType: dataType, library)
        let strides = [geometry.strides.height, geometry.strides.width].map(Int64.init)
        // oneDNN counts the pixels that are skipped between two taps.
        let dilations = [geometry.dilations.height - 1, geometry.dilations.width - 1].map(Int64.init)
        let before = [geometry.padding.top, geometry.padding.left].map(Int64.init)
        let after = [geometry.padding.bottom, geometry.padding.right].map(Int64.init)
        let direct = Int32(onednn_convolution_direct)

        func forward(bias: MemoryDescriptor?, _ attributes: PrimitiveAttributes) -> PrimitivePlan? {
            PrimitivePlan(library) {
                functions.plan_forward(
                    &$0, engine, Int32(onednn_forward_training), direct, input.handle, weight.handle, bias?.handle,
                    output.handle, strides, dilations, before, after, attributes.handle)
            }
        }

        switch direction {
        case .forward(let hasBias, let hasResidual, let activation):
            guard
                let attributes = PrimitiveAttributes(
                    residual: hasResidual ? output : nil, activation: activation, library)
            else { return nil }
            let bias =
                hasBias ? MemoryDescriptor([outputShape[3]], strides: [1], dataType: .float32, library) : nil
            return forward(bias: bias, attributes)

        case .inputGradient:
            guard let attributes = PrimitiveAttributes(library), let hint = forward(bias: nil, attributes) else {
                return nil
            }
            return PrimitivePlan(library) {
                functions.plan_input_gradient(
                    &$0, engine, direct, input.handle, weight.handle, output.handle, strides, dilations, before, after,
                    hint.handle, attributes.handle)
            }

        case .weightGradient:
            guard let attributes = PrimitiveAttributes(library), let hint = forward(bias: nil, attributes) else {
                return nil
            }
            let gradient = MemoryDescriptor(any: weightDimensions, dataType: .float32, library)
            return PrimitivePlan(library) {
                functions.plan_weight_gradient(
                    &$0, engine, direct, input.handle, gradient.handle, nil, output.handle, strides, dilations, before,
                    after, hint.handle, attributes.handle)
            }
        }
    }

    /// What a primitive of the key is given, in the order in which it is executed: the second one is the weight.
    func arguments(_ library: OneDNNLibrary) -> [PrimitiveArgument] {
        switch direction {
        case .forward(let hasBias, let hasResidual, _):
            var arguments: [PrimitiveArgument] = [
                (onednn_argument_source, onednn_query_source, 0), (onednn_argument_weights, onednn_query_weights, 0),
                (onednn_argument_result, onednn_query_result, 0),
            ]
            if hasBias { arguments.append((onednn_argument_bias, onednn_query_weights, 1)) }
            if hasResidual { arguments.append((Int(library.functions.residual_argument), onednn_query_result, 0)) }
            return arguments
        case .inputGradient:
            return [
                (onednn_argument_result_gradient, onednn_query_result_gradient, 0),
                (onednn_argument_weights, onednn_query_weights, 0),
                (onednn_argument_source_gradient, onednn_query_source_gradient, 0),
            ]
        case .weightGradient:
            return [
                (onednn_argument_source, onednn_query_source, 0),
                (onednn_argument_weights_gradient, onednn_query_weights_gradient, 0),
                (onednn_argument_result_gradient, onednn_query_result_gradient, 0),
            ]
        }
    }
}

extension ConvolutionKey {
    /// The key of a forward convolution.
    init(
        forward input: TensorSpecification, weightShape: Shape, geometry: ConvolutionGeometry,
        epilogue: ConvolutionEpilogue, addsResidual: Bool
    ) {
        let size = geometry.outputSize(
            input: Size(height: input.shape[1], width: input.shape[2]),
            kernel: Size(height: weightShape[2], width: weightShape[3]))
        self.init(
            direction: .forward(
                hasBias: epilogue.bias != nil, hasResidual: addsResidual, activation: epilogue.activation),
            geometry: geometry, inputShape: input.shape,
            outputShape: [input.shape[0], size.height, size.width, weightShape[0]], weightShape: weightShape,
            dataType: input.dataType)
    }
}

/// Everything that the compiled code of a matrix product depends on.
struct ProductKey: Hashable {
    let product: MatrixProduct
    let leftType: DataType
    let rightType: DataType
    let hasBias: Bool

    /// Requests a plan of the product; nil if oneDNN has none.
    func makePlan(_ runtime: OneDNNRuntime) -> PrimitivePlan? {
        let library = runtime.library
        let (b, m, n, k) = (product.batch, product.rows, product.columns, product.inner)
        func matrices(_ rows: Int, _ columns: Int, transposed: Bool, _ type: DataType) -> MemoryDescriptor {
            MemoryDescriptor(
                [b, rows, columns], strides: transposed ? [rows * columns, 1, rows] : [rows * columns, columns, 1],
                dataType: type, library)
        }
        let left = matrices(m, k, transposed: product.transposesLeft, leftType)
        let right = matrices(k, n, transposed: product.transposesRight, rightType)
        let result = matrices(m, n, transposed: false, product.dataType)
        let bias = hasBias ? MemoryDescriptor([1, 1, n], strides: [n, n, 1], dataType: .float32, library) : nil
        guard let attributes = PrimitiveAttributes(library) else { return nil }
        return PrimitivePlan(library) {
            library.functions.plan_product(
                &$0, runtime.engine, left.handle, right.handle, bias?.handle, result.handle, attributes.handle)
        }
    }

    /// The arguments of the primitive, in the order in which it is given tensors.
    var arguments: [PrimitiveArgument] {
        var arguments: [PrimitiveArgument] = [
            (onednn_argument_source, onednn_query_source, 0), (onednn_argument_weights, onednn_query_weights, 0),
            (onednn_argument_result, onednn_query_result, 0),
        ]
        if hasBias { arguments.append((onednn_argument_bias, onednn_query_weights, 1)) }
        return arguments
    }
}
