#if OneDNN
import COneDNN
import NNCore

/// Everything that the code of a convolution depends on.
struct ConvolutionKey: Hashable {
    enum Direction: Hashable {
        case forward(hasBias: Bool, hasResidual: Bool, activation: Activation)
        case inputGradient
        case weightGradient
    }

    let direction: Direction
    let geometry: ConvolutionGeometry
    let inputShape: Shape
    let outputShape: Shape
    let weightShape: Shape
    let dataType: DataType

    var weightDimensions: [Int] { dnnl_memory_desc_t.weightDimensions(weightShape, groups: geometry.groups) }

    /// Compiles the convolution; nil where oneDNN has no fast code for it.
    func makePrimitive(_ runtime: OneDNNRuntime) -> Primitive? {
        let library = runtime.library
        var input = dnnl_memory_desc_t.images(inputShape, dataType: dataType, library: library)
        var output = dnnl_memory_desc_t.images(outputShape, dataType: dataType, library: library)
        var weight = dnnl_memory_desc_t.any(weightDimensions, dataType: dataType, library: library)
        var bias = dnnl_memory_desc_t.dense([outputShape[3]], strides: [1], dataType: .float32, library: library)
        let strides = [geometry.strides.height, geometry.strides.width].map(Int64.init)
        // oneDNN counts the pixels left out between two taps.
        let dilations = [geometry.dilations.height - 1, geometry.dilations.width - 1].map(Int64.init)
        let before = [geometry.padding.top, geometry.padding.left].map(Int64.init)
        let after = [geometry.padding.bottom, geometry.padding.right].map(Int64.init)

        func makeForward(bias: UnsafePointer<dnnl_memory_desc_t>?, _ attributes: PrimitiveAttributes) -> OpaquePointer?
        {
            var operation = dnnl_convolution_desc_t()
            guard
                library.convolutionForward(
                    &operation, dnnl_forward_training, dnnl_convolution_direct, &input, &weight, bias, &output, strides,
                    dilations, before, after) == dnnl_success
            else { return nil }
            return makeDescriptor(&operation, attributes, hint: nil, runtime)
        }

        switch direction {
        case .forward(let hasBias, let hasResidual, let activation):
            guard
                let attributes = PrimitiveAttributes(
                    residual: hasResidual ? output : nil, activation: activation, library)
            else { return nil }
            let descriptor =
                hasBias
                ? withUnsafePointer(to: &bias) { makeForward(bias: $0, attributes) }
                : makeForward(bias: nil, attributes)
            guard let descriptor else { return nil }
            var arguments = [
                (DNNL_ARG_SRC, dnnl_query_src_md, Int32(0)), (DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0),
                (DNNL_ARG_DST, dnnl_query_dst_md, 0),
            ]
            if hasBias { arguments.append((DNNL_ARG_BIAS, dnnl_query_weights_md, 1)) }
            if hasResidual {
                arguments.append((PrimitiveAttributes.residualArgument, dnnl_query_dst_md, 0))
            }
            return Primitive(descriptor, arguments: arguments, runtime: runtime)

        case .inputGradient:
            guard let attributes = PrimitiveAttributes(library), let hint = makeForward(bias: nil, attributes) else {
                return nil
            }
            defer { _ = library.primitiveDescriptorDestroy(hint) }
            var operation = dnnl_convolution_desc_t()
            guard
                library.convolutionInputGradient(
                    &operation, dnnl_convolution_direct, &input, &weight, &output, strides, dilations, before, after)
                    == dnnl_success,
                let descriptor = makeDescriptor(&operation, attributes, hint: hint, runtime)
            else { return nil }
            return Primitive(
                descriptor,
                arguments: [
                    (DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, 0), (DNNL_ARG_WEIGHTS, dnnl_query_weights_md, 0),
                    (DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md, 0),
                ], runtime: runtime)

        case .weightGradient:
            guard let attributes = PrimitiveAttributes(library), let hint = makeForward(bias: nil, attributes) else {
                return nil
            }
            defer { _ = library.primitiveDescriptorDestroy(hint) }
            var gradient = dnnl_memory_desc_t.any(weightDimensions, dataType: .float32, library: library)
            var operation = dnnl_convolution_desc_t()
            guard
                library.convolutionWeightGradient(
                    &operation, dnnl_convolution_direct, &input, &gradient, nil, &output, strides, dilations, before,
                    after) == dnnl_success,
                let descriptor = makeDescriptor(&operation, attributes, hint: hint, runtime)
            else { return nil }
            return Primitive(
                descriptor,
                arguments: [
                    (DNNL_ARG_SRC, dnnl_query_src_md, 0), (DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, 0),
                    (DNNL_ARG_DIFF_WEIGHTS, dnnl_query_diff_weights_md, 0),
                ], runtime: runtime)
        }
    }

    private func makeDescriptor(
        _ operation: UnsafeRawPointer, _ attributes: PrimitiveAttributes, hint: OpaquePointer?,
        _ runtime: OneDNNRuntime
    ) -> OpaquePointer? {
        var descriptor: dnnl_primitive_desc_t?
        let status = runtime.library.primitiveDescriptorCreate(
            &descriptor, operation, attributes.handle, runtime.engine, hint)
        return status == dnnl_success ? descriptor : nil
    }
}
#endif
