import CNNKernels

/// A function that is applied to each element on its own, an activation or a mathematical function.
struct ElementFunction: PlacedOperation {
    let name: String
    /// The number by which the kernel knows the function, see nn_unary.h.
    let code: Int
    var parameters: (a: Float, b: Float) = (0, 0)
    /// What the pullback works from.
    var derivative = Derivative.fromInput

    var attributes: [String: OperationAttribute] = [:]

    enum Derivative {
        case fromInput, fromResult
        /// From either, to the same bits.
        case fromSign
        /// The derivative is 0 wherever there is one.
        case none
    }

    func outputs(for inputs: [TensorSpecification]) throws(ShapeError) -> [TensorSpecification] {
        guard !parameters.a.isNaN, !parameters.b.isNaN else {
            throw ShapeError(operation: name, reason: "takes numbers, not \(parameters)")
        }
        return try [inputs[0].floatingPoint(for: name)]
    }

    func forward(_ inputs: [Tensor], context: inout ForwardContext) -> [Tensor] {
        let input = inputs[0]
        let result = written(inputs)[0]
        if derivative == .fromInput || derivative == .fromSign && context.isRecomputed(0) {
            context.save(input)
            context.recomputesResult(from: [input]) { written($0)[0] }
        } else if derivative != .none {
            context.save(result)
        }
        return [result]
    }

    func writer(for inputs: [TensorSpecification]) -> ResultWriter? {
        { [code, parameters] inputs, results in
            let input = inputs[0]
            nn_unary(
                Int32(code), parameters.a, parameters.b, input.dataType.kernelCode, results[0].unsafePointer,
                input.unsafePointer, Int64(input.elementCount))
        }
    }

    func backward(context: inout BackwardContext) -> [Tensor?] {
        guard derivative != .none else { return [nil] }
        let gradient = context.takeGradient()
        let saved = context.saved(0)
        let result = Tensor(uninitialized: gradient.shape, dataType: gradient.dataType)
        nn_unary_gradient(
            Int32(code), parameters.a, parameters.b, gradient.dataType.kernelCode, result.unsafePointer,
            gradient.unsafePointer, saved.unsafePointer, Int64(gradient.elementCount))
        return [result]
    }
}

extension TensorSpecification {
    /// This specification, if its values are floats.
    func floatingPoint(for operation: String) throws(ShapeError) -> TensorSpecification {
        guard dataType.isFloatingPoint else {
            throw ShapeError(operation: operation, reason: "takes float32 or bfloat16, not \(self)")
        }
        return self
    }

    /// Refuses parameters that are not float32: kernels read them as such, whatever the type of the images.
    func requireFloat32(_ role: String, for operation: String) throws(ShapeError) {
        guard dataType == .float32 else {
            throw ShapeError(operation: operation, reason: "the \(role) must be float32, not \(self)")
        }
    }
}

extension Tensor {
    /// The activation of each element, float32 or bfloat16.
    public func activated(by activation: Activation) -> Tensor {
        guard activation != .identity else { return self }
        var function = ElementFunction(name: activation.name, code: Int(activation.kernelCode))
        if case .leakyReLU(let slope) = activation {
            function.parameters.a = slope
            function.attributes = ["slope": .float(slope)]
        }
        // These slopes follow from the result too, which the next layer keeps unless it is calculated again.
        switch activation {
        case .relu, .relu6: function.derivative = .fromSign
        case .leakyReLU(let slope) where slope >= 0: function.derivative = .fromSign
        default: break
        }
        return function.apply(to: self)
    }

    /// tanh(x)
    public func tanh() -> Tensor { activated(by: .tanh) }

    /// 1 / (1 + exp(-x))
    public func sigmoid() -> Tensor { activated(by: .sigmoid) }

    /// e to the power of each element.
    public func exp() -> Tensor {
        ElementFunction(name: "exp", code: NN_EXP, derivative: .fromResult).apply(to: self)
    }

    /// The natural logarithm.
    public func log() -> Tensor { ElementFunction(name: "log", code: NN_LOG).apply(to: self) }

    /// The square root.
    public func sqrt() -> Tensor {
        ElementFunction(name: "sqrt", code: NN_SQRT, derivative: .fromResult).apply(to: self)
    }

    /// The reciprocal of the square root.
    public func rsqrt() -> Tensor {
        ElementFunction(name: "rsqrt", code: NN_RSQRT, derivative: .fromResult).apply(to: self)
    }

    /// 1 / x
    public func reciprocal() -> Tensor {
        ElementFunction(name: "reciprocal", code: NN_RECIPROCAL, derivative: .fromResult).apply(to: self)
    }

    /// x²
    public func squared() -> Tensor { ElementFunction(name: "squared", code: NN_SQUARE).apply(to: self) }

    /// The magnitude; its derivative at 0 is 0.
    public func abs() -> Tensor { ElementFunction(name: "abs", code: NN_ABS).apply(to: self) }

    /// -1, 0 or 1. Has no gradient.
    public func sign() -> Tensor {
        ElementFunction(name: "sign", code: NN_SIGN, derivative: .none).apply(to: self)
    }

    /// The sine of an angle in radians.
    public func sin() -> Tensor { ElementFunction(name: "sin", code: NN_SIN).apply(to: self) }

    /// The cosine of an angle in radians.
    public func cos() -> Tensor { ElementFunction(name: "cos", code: NN_COS).apply(to: self) }

    /// The error function 2/√π ∫ exp(-t²) dt from 0 to x.
    public func erf() -> Tensor { ElementFunction(name: "erf", code: NN_ERF).apply(to: self) }

    /// The greatest whole number that is not greater. Has no gradient.
    public func floor() -> Tensor {
        ElementFunction(name: "floor", code: NN_FLOOR, derivative: .none).apply(to: self)
    }

    /// The nearest whole number, the even one of two. Has no gradient.
    public func rounded() -> Tensor {
        ElementFunction(name: "rounded", code: NN_ROUND, derivative: .none).apply(to: self)
    }

    /// Each element raised to the same power.
    public func power(_ exponent: Float) -> Tensor {
        switch exponent {
        case 1: return self
        case 2: return squared()
        case 0.5: return sqrt()
        default:
            return ElementFunction(
                name: "power", code: NN_POWER_OF, parameters: (exponent, 0), attributes: ["exponent": .float(exponent)]
            ).apply(to: self)
        }
    }

    /// Each element or the bound beyond which it lies; the gradient passes between the bounds and on them.
    public func clamped(min: Float = -.infinity, max: Float = .infinity) -> Tensor {
        guard min <= max else {
            return Refused(name: "clamped", reason: "the bounds \(min) and \(max) are in the wrong order")
                .apply(to: self)
        }
        return ElementFunction(
            name: "clamped", code: NN_CLAMP, parameters: (min, max),
            attributes: ["minimum": .float(min), "maximum": .float(max)]
        ).apply(to: self)
    }

    /// Each element or the whole number beyond which it lies; nil for no bound. Of integers too, which keep their type.
    public func clamped(min: Int? = nil, max: Int? = nil) -> Tensor {
        guard !dataType.isFloatingPoint else {
            return clamped(min: min.map { Float($0) } ?? -.infinity, max: max.map { Float($0) } ?? .infinity)
        }
        if let min, let max, min > max {
            return Refused(name: "clamped", reason: "the bounds \(min) and \(max) are in the wrong order")
                .apply(to: self)
        }
        let raised = min.map { maximum(self, operand($0, of: "clamped")) } ?? self
        return max.map { minimum(raised, operand($0, of: "clamped")) } ?? raised
    }
}
