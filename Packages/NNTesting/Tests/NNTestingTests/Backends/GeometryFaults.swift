import NNCore

/// Kinds of convolutions of which a backend may get one wrong and all others right.
let geometryFaults: [(kind: String, concerns: @Sendable (FaultyCall) -> Bool)] = [
    // Channels
    ("1 input channel", { $0.isDense && $0.inputs == 1 }),
    ("1 output channel", { $0.isDense && $0.outputs == 1 }),
    ("2 output channels", { $0.isDense && $0.outputs == 2 }),
    ("2 input channels, 3x3", { $0.isDense && $0.inputs == 2 && $0.kernel == 3 }),
    ("more than 32 input channels", { $0.isDense && $0.inputs > 32 }),
    ("48 input channels", { $0.inputs == 48 }),
    ("a tail of one channel", { $0.isDense && $0.outputs > 1 && $0.outputs % 16 == 1 }),
    ("more than 64 output channels", { $0.isDense && $0.outputs > 64 }),
    ("more than 32 channels, depthwise", { $0.isDepthwise && $0.inputs > 32 }),
    // 1x1
    ("1x1, stride 2, few channels", { $0.kernel == 1 && $0.geometry.strides == 2 && $0.inputs < 16 }),
    ("1x1, stride 3", { $0.kernel == 1 && $0.geometry.strides == 3 }),
    ("1x1, groups", { $0.kernel == 1 && $0.groups > 1 && $0.groupInputs > 1 }),
    ("1x1, padding", { $0.kernel == 1 && $0.padding != 0 }),
    ("1x1, depthwise", { $0.kernel == 1 && $0.isDepthwise }),
    // Kernels
    ("2x2", { $0.kernel == 2 }),
    ("4x4", { $0.kernel == 4 }),
    ("5x5, stride 1", { $0.kernel == 5 && $0.isDense && $0.geometry.strides == 1 }),
    ("7x7, stride 1", { $0.kernel == 7 && $0.isDense && $0.geometry.strides == 1 }),
    ("1x7", { $0.kernel == Size(height: 1, width: 7) }),
    ("7x1", { $0.kernel == Size(height: 7, width: 1) }),
    ("3x1", { $0.kernel == Size(height: 3, width: 1) }),
    ("5x5, depthwise", { $0.kernel == 5 && $0.isDepthwise && !$0.isStrided }),
    ("5x5, depthwise, strided", { $0.kernel == 5 && $0.isDepthwise && $0.isStrided }),
    // Geometry
    ("stride 4", { $0.geometry.strides.height == 4 }),
    ("stride 1x2", { $0.geometry.strides == Size(height: 1, width: 2) }),
    ("a stride above the kernel", { $0.kernel.height > 1 && $0.geometry.strides.height > $0.kernel.height }),
    ("dilation 3", { $0.geometry.dilations == 3 }),
    ("dilation 6", { $0.geometry.dilations == 6 }),
    ("unlike dilations", { $0.geometry.dilations.height != $0.geometry.dilations.width }),
    ("uneven padding, strided", { $0.isDense && $0.isUneven && $0.isStrided }),
    ("more padding at the start", { $0.padding.top > $0.padding.bottom && $0.padding.left > $0.padding.right }),
    ("padding over half of the window", { $0.reach.height > 0 && $0.padding.top * 2 > $0.reach.height + 1 }),
    ("padding beyond the window", { $0.reach.height > 0 && $0.padding.top > $0.reach.height }),
    ("uneven padding, depthwise, strided", { $0.isDepthwise && $0.isUneven && $0.isStrided }),
    ("groups, dilated", { $0.groups > 1 && !$0.isDepthwise && $0.isDilated }),
    ("3 groups", { $0.groups == 3 && !$0.isDepthwise }),
    ("depth multiplier 2", { $0.groups > 1 && $0.groupInputs == 1 && $0.groupOutputs == 2 }),
    ("depth multiplier 3", { $0.groups > 1 && $0.groupInputs == 1 && $0.groupOutputs == 3 }),
    ("groups of 2 inputs and 1 output", { $0.groups > 1 && $0.groupInputs == 2 && $0.groupOutputs == 1 }),
    ("a kernel above the image", { $0.kernel.height > $0.height && $0.kernel.width > $0.width }),
    // Sizes
    ("no images", { $0.images == 0 }),
    ("3 images", { $0.images == 3 }),
    ("more than 3 images", { $0.images > 3 }),
    ("a width above 17", { $0.width > 17 }),
    ("a height above 16", { $0.height > 16 }),
    ("more than 256 pixels, both sides above 16", { $0.height > 16 && $0.width > 16 }),
    ("a width of 224 and more", { $0.width >= 224 }),
    ("one row", { $0.height == 1 && $0.width > 1 }),
    ("one column", { $0.width == 1 && $0.height > 1 }),
]

/// Epilogues that a backend may get wrong on one kind of convolution.
let epilogueFaults: [(kind: String, concerns: @Sendable (FaultyCall) -> Bool)] = [
    ("1x1 with a residual", { $0.kernel == 1 && $0.epilogue.residual != nil }),
    ("dilated with a residual", { $0.isDilated && $0.epilogue.residual != nil }),
    ("dilated with a bias alone", { $0.isDilated && $0.epilogue.bias != nil && $0.epilogue.residual == nil }),
    ("strided with a residual", { $0.isStrided && $0.isDense && $0.epilogue.residual != nil }),
    ("strided with an activation alone", { $0.isStrided && $0.epilogue.isActivationOnly }),
    ("in groups with a bias", { $0.groups > 1 && !$0.isDepthwise && $0.epilogue.bias != nil }),
    ("depthwise with a residual", { $0.isDepthwise && $0.epilogue.residual != nil }),
    ("depthwise with an activation alone", { $0.isDepthwise && $0.epilogue.isActivationOnly }),
    ("unpadded with a residual", { $0.padding == 0 && $0.kernel != 1 && $0.epilogue.residual != nil }),
    ("unevenly padded with a residual", { $0.isUneven && $0.epilogue.residual != nil }),
    ("no multiple of 8 channels with a bias", { $0.outputs % 8 != 0 && $0.epilogue.bias != nil }),
    ("fewer than 16 outputs with an activation", { $0.outputs < 16 && $0.epilogue.activation != .identity }),
    ("one image with a residual", { $0.images == 1 && $0.epilogue.residual != nil }),
    ("silu on strided convolutions", { $0.isStrided && $0.epilogue.activation == .silu }),
    ("mish with a residual on depthwise ones", { $0.isDepthwise && $0.epilogue.isResidual(.mish) }),
]

extension ConvolutionEpilogue {
    fileprivate var isActivationOnly: Bool { bias == nil && residual == nil && activation != .identity }
    fileprivate func isResidual(_ activation: Activation) -> Bool { residual != nil && self.activation == activation }
}

/// Products of matrices that a backend may get wrong.
let productFaults: [(kind: String, concerns: @Sendable (FaultyCall) -> Bool)] = [
    ("without a bias", { $0.epilogue.bias == nil }),
    ("with a bias, left operand transposed", { $0.epilogue.bias != nil && $0.product.transposesLeft }),
    ("both transposed", { $0.product.transposesLeft && $0.product.transposesRight }),
    ("mixed types", { $0.first.dataType != $0.second.dataType }),
    ("bfloat16 by float32 in bfloat16", { $0.isOf(.bfloat16, .float32, .bfloat16) }),
    ("bfloat16 with a float32 result", { $0.isOf(.bfloat16, .bfloat16, .float32) }),
    ("float32 with a bfloat16 result", { $0.isOf(.float32, .float32, .bfloat16) }),
    ("K above 65", { $0.product.inner > 65 }),
    ("M above 33", { $0.product.rows > 33 }),
    ("N above 17", { $0.product.columns > 17 }),
    ("M of 1", { $0.product.rows == 1 && $0.product.columns > 1 && $0.product.batch == 1 }),
    ("N of 1", { $0.product.columns == 1 && $0.product.rows > 1 }),
    ("K of 1", { $0.product.inner == 1 && $0.product.rows > 1 }),
    ("K of 0", { $0.product.inner == 0 }),
    ("no rows", { $0.product.rows == 0 }),
    ("a batch of 2", { $0.product.batch == 2 }),
    ("a batch of 3", { $0.product.batch == 3 }),
    ("a batch above 3", { $0.product.batch > 3 }),
]

extension FaultyCall {
    fileprivate func isOf(_ left: DataType, _ right: DataType, _ result: DataType) -> Bool {
        first.dataType == left && second.dataType == right && product.dataType == result
    }
}
