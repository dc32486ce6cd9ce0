import Foundation
@_spi(Kernels) import NNCore
import Synchronization

/// Faults of rounding: the right result of other operands, or another result of the right ones.
let roundingFaults: [FaultyBackend] = [
    FaultyBackend("float32 calculated in bfloat16", when: { $0.isFloat32 && $0.isConvolution }) {
        $0.first = $0.first.coarse
        $0.second = $0.second.coarse
    },
    FaultyBackend("products in float32 calculated in bfloat16", when: { $0.isFloat32 && !$0.isConvolution }) {
        $0.first = $0.first.coarse
        $0.second = $0.second.coarse
    },
    FaultyBackend("float32 calculated with ten bits", when: { $0.isFloat32 }) {
        $0.first = $0.first.cut(bits: 13)
        $0.second = $0.second.cut(bits: 13)
    },
    FaultyBackend("weights rounded to bfloat16", when: { $0.pass == .output && $0.isFloat32 }) {
        $0.second = $0.second.coarse
    },
    FaultyBackend("weights rounded for the gradient", when: { $0.pass == .inputGradient && $0.isFloat32 }) {
        $0.second = $0.second.coarse
    },
    FaultyBackend("gradients rounded for the weight's", when: { $0.pass == .weightGradient && $0.isFloat32 }) {
        $0.first = $0.first.coarse
    },
    FaultyBackend("bias rounded", when: { $0.isFloat32 }) { $0.epilogue.bias = $0.epilogue.bias?.coarse },
    FaultyBackend("bias of bfloat16 images rounded", when: { $0.dataType == .bfloat16 }) {
        $0.epilogue.bias = $0.epilogue.bias?.coarse
    },
    FaultyBackend("residual rounded", when: { $0.isFloat32 }) { $0.epilogue.residual = $0.epilogue.residual?.coarse },
    FaultyBackend("a mixed product in bfloat16", when: { $0.first.dataType != $0.second.dataType }) {
        if !$0.isConvolution { $0.second = $0.second.coarse }
    },
    FaultyBackend("bfloat16 results cut", result: { $0.inFloat32.cut(bits: 16).cast(to: .bfloat16) }) {
        $0.isConvolution && $0.pass != .weightGradient && $0.dataType == .bfloat16
    },
    FaultyBackend("bfloat16 products cut", result: { $0.inFloat32.cut(bits: 16).cast(to: .bfloat16) }) {
        !$0.isConvolution && $0.dataType == .bfloat16
    },
    FaultyBackend("bfloat16 rounded before the epilogue", result: { $0.roundedTwice }) {
        $0.pass == .output && $0.dataType == .bfloat16 && $0.epilogue.residual != nil
    },
    FaultyBackend("weight gradient of bfloat16 rounded", result: { $0.right.coarse }) {
        $0.pass == .weightGradient && $0.dataType == .bfloat16
    },
    FaultyBackend("small values set to 0", result: { $0.right.withoutSmall(1e-5) }) { $0.dataType == .float32 },
    FaultyBackend("small values of bfloat16 set to 0", result: { $0.right.withoutSmall(1.0 / 130) }) {
        $0.dataType == .bfloat16
    },
    FaultyBackend("results of five bits", result: { $0.right.cut(bits: 19) }) { $0.isFloat32 },
]

/// Faults that need a second call, an unusual number or an unusual caller to be seen.
let behaviourFaults = faultsOfBehaviour + faultsOfMemory + [withTwoCallers]

private let faultsOfBehaviour: [FaultyBackend] =
    [
        FaultyBackend("everything wrong", result: { $0.right.spoiled }) { _ in true },
        FaultyBackend("float32 results of bfloat16 images", result: { $0.right.cast(to: .float32) }) {
            $0.pass == .output && $0.dataType == .bfloat16
        },
        FaultyBackend("bfloat16 weight gradients", result: { $0.right.cast(to: .bfloat16) }) {
            $0.pass == .weightGradient && $0.dataType == .bfloat16
        },
        FaultyBackend("products in the type of their operands", result: { $0.right.cast(to: $0.first.dataType) }) {
            !$0.isConvolution
        },
        FaultyBackend(
            "a dimension of 1 left out", result: { $0.right.reshaped(Shape(Array($0.right.shape.dropFirst()))) }
        ) {
            !$0.isConvolution && $0.product.batch == 1
        },
        FaultyBackend("tanh in place of gelu's normal distribution", result: { $0.withActivation(.silu, scale: 1.702) })
        {
            $0.epilogue.activation == .gelu
        },
        FaultyBackend("every slope 0.1", when: { $0.pass == .output }) {
            if case .leakyReLU = $0.epilogue.activation { $0.epilogue.activation = .leakyReLU(slope: 0.1) }
        },
        FaultyBackend("slopes below 0 as above", when: { $0.epilogue.activation == .leakyReLU(slope: -0.3) }) {
            $0.epilogue.activation = .leakyReLU(slope: 0.3)
        },
        FaultyBackend("activated before the residual is added", result: { $0.residualLast }) {
            $0.epilogue.residual != nil && $0.epilogue.activation != .identity
        },
        FaultyBackend("NaN in the input swallowed", when: { $0.pass == .output }) { $0.first = $0.first.withoutNaN },
        FaultyBackend("NaN in the gradient swallowed", when: { $0.pass == .inputGradient }) {
            $0.first = $0.first.withoutNaN
        },
        FaultyBackend("NaN swallowed by the weight's gradient", when: { $0.pass == .weightGradient }) {
            $0.first = $0.first.withoutNaN
            $0.second = $0.second.withoutNaN
        },
        FaultyBackend("NaN in an operand swallowed", when: { !$0.isConvolution }) { $0.first = $0.first.withoutNaN },
        FaultyBackend("NaN in the residual swallowed", when: { $0.pass == .output }) {
            $0.epilogue.residual = $0.epilogue.residual?.withoutNaN
        },
        FaultyBackend("NaN becomes 0 in activations", result: { $0.right.withoutNaN }) {
            $0.epilogue.activation != .identity
        },
        FaultyBackend("infinity is cleared with NaN in relu", result: { $0.right.finite }) {
            $0.epilogue.activation == .relu
        },
        FaultyBackend("infinity becomes the largest number", result: { $0.right.finite }) { _ in true },
        FaultyBackend("NaN spreads to all", result: { $0.right.withNaNEverywhere }) { _ in true },
        FaultyBackend("wrong on three threads", result: { $0.right.spoiled }) { _ in Engine.threadCount == 3 },
        FaultyBackend("wrong on more than one thread", result: { $0.right.spoiled }) {
            $0.pass == .weightGradient && Engine.threadCount > 1
        },
        FaultyBackend("wrong on one thread", result: { $0.right.spoiled }) { _ in Engine.threadCount == 1 },
    ]

/// Backends that keep what they should make again.
private var faultsOfMemory: [FaultyBackend] {
    [
        FaultyBackend("weights packed once for a shape", keeping: \.weight) { "\($0.shape)" },
        FaultyBackend("weights packed once for an address", keeping: \.weight) { "\($0.shape) \($0.location)" },
        FaultyBackend("the first bias kept for an address", keeping: \.epilogue.bias) { "\($0.shape) \($0.location)" },
        FaultyBackend("the first right operand kept for an address", keeping: \.rightOperand) {
            "\($0.specification) \($0.location)"
        },
        // Kept beside the weight, so renewed with it, but under a key that says too little.
        FaultyBackend("a packed form without its shape") { call in
            guard call.pass == .output else { return call.right }
            let flat: [Float] = call.second.packedForms.form(for: "flat") { call.rearranged }
            guard flat != call.rearranged else { return call.right }
            return call.right.spoiled
        },
    ]
}

/// A backend with scratch memory for one caller.
private var withTwoCallers: FaultyBackend {
    let callers = Counter()
    return FaultyBackend("one scratch memory for all callers") { call in
        callers.count.wrappingAdd(1, ordering: .sequentiallyConsistent)
        defer { callers.count.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
        Thread.sleep(forTimeInterval: 1e-4)
        return callers.count.load(ordering: .sequentiallyConsistent) > 1 ? call.right.spoiled : call.right
    }
}

private final class Counter: Sendable { let count = Atomic(0) }

private final class Kept: Sendable { let tensors = Mutex<[String: Tensor]>([:]) }

extension FaultyBackend {
    init(_ name: String, calculate: @escaping @Sendable (FaultyCall) -> Tensor?) {
        self.init(name: name, calculate: calculate)
    }

    /// Calculates with other operands in some calls.
    fileprivate init(
        _ name: String, when concerns: @escaping @Sendable (FaultyCall) -> Bool,
        change: @escaping @Sendable (inout FaultyCall) -> Void
    ) {
        self.init(name: name) { call in
            var call = call
            if concerns(call) { change(&call) }
            return call.right
        }
    }

    /// Returns something else in some calls.
    init(
        _ name: String, result: @escaping @Sendable (FaultyCall) -> Tensor,
        when concerns: @escaping @Sendable (FaultyCall) -> Bool
    ) {
        self.init(name: name) { concerns($0) ? result($0) : $0.right }
    }

    /// Calculates with what an earlier call with the same key had.
    fileprivate init(
        _ name: String, keeping part: WritableKeyPath<FaultyCall, Tensor?> & Sendable,
        key: @escaping @Sendable (Tensor) -> String
    ) {
        let kept = Kept()
        self.init(name) { call in
            var call = call
            if let tensor = call[keyPath: part] {
                call[keyPath: part] = kept.tensors.withLock { tensors in
                    let key = key(tensor)
                    // A copy, so that the caller stays the only owner and writes in place.
                    defer { tensors[key] = tensors[key] ?? tensor.copied }
                    return tensors[key] ?? tensor
                }
            }
            return call.right
        }
    }
}

extension FaultyCall {
    fileprivate var weight: Tensor? {
        get { pass == .output || pass == .inputGradient ? second : nil }
        set { if let newValue { second = newValue } }
    }
    fileprivate var rightOperand: Tensor? {
        get { pass == .product ? second : nil }
        set { if let newValue { second = newValue } }
    }

    fileprivate var isFloat32: Bool {
        first.dataType == .float32 && (isConvolution || second.dataType == .float32 && product.dataType == .float32)
    }

    /// The right result before it is rounded to bfloat16.
    fileprivate var inFloat32: Tensor {
        var call = self
        call.first = first.cast(to: .float32)
        call.epilogue.residual = epilogue.residual?.cast(to: .float32)
        call.product.dataType = .float32
        return call.right
    }

    fileprivate var roundedTwice: Tensor {
        var call = self
        call.epilogue = ConvolutionEpilogue(bias: epilogue.bias)
        return call.right.cast(to: .float32).activated(epilogue.activation, plus: epilogue.residual).cast(to: dataType)
    }

    fileprivate var residualLast: Tensor {
        var call = self
        call.epilogue.residual = nil
        return call.right.activated(.identity, plus: epilogue.residual).cast(to: dataType)
    }

    /// activation(scale · x) / scale in the place of the call's own.
    fileprivate func withActivation(_ activation: Activation, scale: Float) -> Tensor {
        var call = self
        call.epilogue.activation = .identity
        let sums = call.inFloat32.withFloats { for index in $0.indices { $0[index] *= scale } }
        return sums.activated(activation, plus: nil)
            .withFloats { for index in $0.indices { $0[index] /= scale } }.cast(to: dataType)
    }

    /// The weight in the order that convolutions of its shape want.
    fileprivate var rearranged: [Float] { second.detached.transposed([0, 2, 3, 1]).floats }
}

extension Tensor {
    fileprivate var location: Int { withUnsafeBytes { Int(bitPattern: $0.baseAddress) } }
    fileprivate var copied: Tensor { withFloats { _ in } }
    fileprivate var withoutNaN: Tensor {
        withFloats { for index in $0.indices where $0[index].isNaN { $0[index] = 0 } }
    }
    fileprivate var finite: Tensor {
        withFloats { for index in $0.indices where $0[index].isInfinite { $0[index] = 1e38 } }
    }
    fileprivate var withNaNEverywhere: Tensor {
        withFloats { if $0.contains(where: \.isNaN) { for index in $0.indices { $0[index] = .nan } } }
    }

    /// Cut, not rounded.
    fileprivate func cut(bits: UInt32) -> Tensor {
        withFloats {
            for index in $0.indices where $0[index].isFinite {
                $0[index] = Float(bitPattern: ($0[index].bitPattern >> bits) << bits)
            }
        }
    }

    fileprivate func withoutSmall(_ part: Float) -> Tensor {
        withFloats { values in
            let limit = part * (values.map(\.magnitude).max() ?? 0)
            for index in values.indices where values[index].magnitude < limit { values[index] = 0 }
        }
    }

    fileprivate func activated(_ activation: Activation, plus residual: Tensor?) -> Tensor {
        let sum = residual.map { self.cast(to: .float32) + $0.cast(to: .float32) } ?? self
        return sum.activated(by: activation)
    }
}
