import NNCore

/// How a convolution is calculated.
enum Treatment: Hashable, Sendable {
    /// By the implementation of oneDNN.
    case direct
    /// By oneDNN, with the scratch memory zeroed before each call.
    case clearScratch
    /// By oneDNN without the residual, which is added in a separate pass.
    case addResidualAfterwards
    /// By oneDNN in float32, with conversions before and after.
    case useFloat32
    /// In two parts: the gradient of all output rows but the last, and that of the last row.
    case lastRowApart
    /// By the next backend.
    case decline
}

/// A bug of some versions of oneDNN, and how calculations that it affects are done instead.
///
/// A rule may cover more than the bug, but not less. Each was found by comparing oneDNN with plain loops, with every buffer
/// between inaccessible pages, in 2.6.3, 3.1, 3.2, 3.7 and 3.12 (without AMX) and in 2.6.3, 3.2 and 3.13 (with AMX).
struct OneDNNRule: Sendable {
    enum Direction: Sendable { case forward, inputGradient, weightGradient }

    let name: String
    let versions: Range<OneDNNVersion>
    let direction: Direction
    /// Nil for any type.
    var dataType: DataType?
    /// The prefixes of the names of affected implementations.
    let implementations: [String]
    /// A further part of their names.
    var variant = ""
    /// The instructions that the implementations use: without them the bug cannot occur.
    let instructions: InstructionSet
    /// When the bug occurs, as text and as a function.
    let condition: String
    let applies: @Sendable (ConvolutionKey) -> Bool
    let treatment: Treatment
    /// What would happen otherwise.
    let fault: String

    func isInForce(_ version: OneDNNVersion, _ instructions: InstructionSet) -> Bool {
        versions.contains(version) && instructions.isSuperset(of: self.instructions)
    }

    func matches(_ key: ConvolutionKey, implementation: String) -> Bool {
        let isDirection =
            switch (direction, key.direction) {
            case (.forward, .forward), (.inputGradient, .inputGradient), (.weightGradient, .weightGradient): true
            default: false
            }
        return isDirection && (dataType == nil || dataType == key.dataType)
            && implementations.contains(where: implementation.hasPrefix)
            && (variant.isEmpty || implementation.contains(variant)) && applies(key)
    }
}

/// The rules for one version of oneDNN on one processor. The first that matches applies.
struct OneDNNRules: Sendable {
    let rules: [OneDNNRule]

    init(rules: [OneDNNRule]) { self.rules = rules }

    init(version: OneDNNVersion, instructions: InstructionSet) {
        rules = Self.all.filter { $0.isInForce(version, instructions) }
    }

    func treatment(of key: ConvolutionKey, implementation: String) -> Treatment {
        rules.first { $0.matches(key, implementation: implementation) }?.treatment ?? .direct
    }

    /// A sentence for each rule that applies here.
    var notes: [String] {
        rules.map { "rule \($0.name): \($0.condition): \($0.treatment.text), because \($0.fault)" }
    }
}

extension Treatment {
    fileprivate var text: String {
        switch self {
        case .direct: "calculated by oneDNN"
        case .clearScratch: "its scratch memory is zeroed first"
        case .addResidualAfterwards: "the residual is added afterwards"
        case .useFloat32: "calculated in float32"
        case .lastRowApart: "the last row is calculated separately"
        case .decline: "left to the next backend"
        }
    }
}

extension OneDNNRules {
    private static let any = OneDNNVersion(2, 6)..<OneDNNVersion(.max, 0)
    private static let second = OneDNNVersion(2, 6)..<OneDNNVersion(3, 0)
    private static let third = OneDNNVersion(3, 0)..<OneDNNVersion(.max, 0)
    private static let beforeAMXRepair = OneDNNVersion(2, 6)..<OneDNNVersion(3, 6)

    static let all: [OneDNNRule] = weightGradients + forwards + inputGradients

    private static let weightGradients: [OneDNNRule] = [
        // Fixed in 3.6 (September 2024).
        OneDNNRule(
            name: "amx-rows", versions: beforeAMXRepair, direction: .weightGradient, dataType: .bfloat16,
            implementations: ["jit:"], variant: "amx", instructions: .amx,
            condition: "bfloat16 weight gradients of 3x3 with AMX, rows so wide that they are processed one by one",
            applies: { key in key.weightShape[3] == 3 && key.weightShape[1] >= 16 && key.losesRows },
            treatment: .lastRowApart, fault: "all values are wrong, and memory before the gradient is overwritten"),
        OneDNNRule(
            name: "amx-rows-narrow", versions: beforeAMXRepair, direction: .weightGradient, dataType: .bfloat16,
            implementations: ["jit:"], variant: "amx", instructions: .amx,
            condition: "the same with fewer than 16 input channels or another window", applies: \.losesRows,
            treatment: .useFloat32, fault: "all values are wrong, and memory before the gradient is overwritten"),
        OneDNNRule(
            name: "amx-dilated", versions: any, direction: .weightGradient, dataType: .bfloat16,
            implementations: ["jit:"], variant: "amx", instructions: .amx,
            condition: "bfloat16 weight gradients with AMX, dilated, channels not a multiple of 16",
            applies: { $0.isDilated && ($0.groupInputs % 16 != 0 || $0.groupOutputs % 16 != 0) },
            treatment: .useFloat32, fault: "it reads beyond its scratch memory, and results are NaN"),
        OneDNNRule(
            name: "amx-narrow", versions: any, direction: .weightGradient, dataType: .bfloat16,
            implementations: ["jit:"], variant: "amx", instructions: .amx,
            condition: "bfloat16 weight gradients with AMX, rows shorter than the window or the stride",
            applies: \.isNarrow, treatment: .useFloat32, fault: "values are NaN"),
        OneDNNRule(
            name: "bf16-dilated", versions: any, direction: .weightGradient, dataType: .bfloat16,
            implementations: ["jit_bf16:", "jit:avx512_core_bf16"], instructions: .avx512,
            condition: "bfloat16 weight gradients without AMX, dilated, with groups or a remainder of input channels",
            applies: { $0.isDilated && ($0.geometry.groups > 1 || $0.groupInputs % 16 != 0) },
            treatment: .useFloat32, fault: "values are wrong or NaN"),
        OneDNNRule(
            name: "bf16-narrow", versions: any, direction: .weightGradient, dataType: .bfloat16,
            implementations: ["jit_bf16:", "jit:avx512_core_bf16"], instructions: .avx512,
            condition: "bfloat16 weight gradients without AMX, rows shorter than the window or the stride",
            applies: \.isNarrow, treatment: .useFloat32, fault: "values are NaN"),
        OneDNNRule(
            name: "bf16-points", versions: any, direction: .weightGradient, dataType: .bfloat16,
            implementations: ["jit_bf16:", "jit:avx512_core_bf16"], instructions: .avx512,
            condition: "bfloat16 weight gradients of 1x1 with strides, fewer than 16 input channels",
            applies: { $0.isPointwise && $0.isStrided && $0.groupInputs < 16 }, treatment: .useFloat32,
            fault: "it reads beyond the input"),
        // github.com/uxlfoundation/oneDNN/issues/6035
        OneDNNRule(
            name: "points", versions: any, direction: .weightGradient, implementations: ["jit_1x1", "jit_bf16_1x1"],
            instructions: [], condition: "weight gradients of 1x1 with strides, fewer than 16 input channels",
            applies: { $0.isPointwise && $0.isStrided && $0.groupInputs < 16 }, treatment: .decline,
            fault: "memory after its scratch memory is overwritten"),
        OneDNNRule(
            name: "scratch", versions: third, direction: .weightGradient,
            implementations: ["brgconv_bwd_w", "brg_conv_bwd_w"], instructions: [],
            condition: "weight gradients by the implementation brgconv_bwd_w", applies: { _ in true },
            treatment: .clearScratch, fault: "it reads uninitialized scratch memory"),
    ]

    private static let forwards: [OneDNNRule] = [
        OneDNNRule(
            name: "gemm-residual", versions: second, direction: .forward, dataType: .float32,
            implementations: ["x64:gemm"], instructions: [],
            condition: "float32 by the implementation x64:gemm, with a residual",
            applies: \.hasResidual, treatment: .addResidualAfterwards, fault: "values are wrong"),
        OneDNNRule(
            name: "points-odd", versions: second, direction: .forward, dataType: .bfloat16,
            implementations: ["jit_bf16_1x1:avx512_core_bf16"], instructions: .avx512BF16,
            condition: "bfloat16 1x1 without AMX, an odd number of input channels",
            applies: { $0.groupInputs % 2 == 1 }, treatment: .useFloat32, fault: "values are wrong"),
        // 3.2 is right; of 3.12.1, 21 of 1,867 random shapes with groups, all of this kind, and float32 without groups.
        OneDNNRule(
            name: "thin-columns", versions: third, direction: .forward,
            implementations: ["brg_conv_fwd", "brgconv"], instructions: .avx512,
            condition: "one output column by a horizontal stride, one input channel in each group",
            applies: { key in
                key.outputShape[2] == 1 && key.geometry.strides.width > 1 && key.groupInputs == 1
                    && key.weightShape[3] > 1
            },
            treatment: .decline, fault: "all rows but the first are wrong"),
        // 3.7.2 and 3.12.1: 97 of 241 random bfloat16 shapes of this kind ended the process, and no others.
        OneDNNRule(
            name: "no-columns", versions: third, direction: .forward,
            implementations: ["brg_conv_fwd", "brgconv"], instructions: .avx512,
            condition: "dilated or padded so widely that no output column depends on the input",
            applies: { !$0.seesColumns }, treatment: .decline, fault: "it calls a kernel that was not generated"),
        // The exact condition is unknown; without a residual all results were right.
        OneDNNRule(
            name: "amx-residual", versions: beforeAMXRepair, direction: .forward, dataType: .bfloat16,
            implementations: ["jit_1x1"], variant: "amx", instructions: .amx,
            condition: "bfloat16 1x1 with AMX and a residual", applies: \.hasResidual,
            treatment: .addResidualAfterwards, fault: "memory is overwritten"),
        // Seen once, with a window of 1x5 and a stride of 3; square windows with strides of 1 and 2 were right.
        OneDNNRule(
            name: "amx-strides", versions: beforeAMXRepair, direction: .forward, dataType: .bfloat16,
            implementations: ["brgconv", "brg_conv"], variant: "amx", instructions: .amx,
            condition: "bfloat16 with AMX and strides, with a window that is not square or a stride above 2",
            applies: { key in
                let strides = key.geometry.strides
                let isSquare = key.weightShape[2] == key.weightShape[3] && strides.height == strides.width
                return !key.isPointwise && key.isStrided && (!isSquare || strides.width > 2)
            },
            treatment: .useFloat32, fault: "memory after its scratch memory is overwritten"),
    ]

    private static let inputGradients: [OneDNNRule] = [
        OneDNNRule(
            name: "points-odd-input", versions: second, direction: .inputGradient, dataType: .bfloat16,
            implementations: ["jit_bf16_1x1:avx512_core_bf16"], instructions: .avx512BF16,
            condition: "bfloat16 input gradients of 1x1, an odd number of output channels",
            applies: { $0.groupOutputs % 2 == 1 }, treatment: .useFloat32, fault: "values are wrong")
    ]
}

// The terms of the conditions.
extension ConvolutionKey {
    var groupInputs: Int { weightShape[1] }
    var groupOutputs: Int { weightShape[0] / geometry.groups }
    var isDilated: Bool { geometry.dilations != 1 }
    var isStrided: Bool { geometry.strides != 1 }
    var isPointwise: Bool { weightShape[2] == 1 && weightShape[3] == 1 }
    /// The number of pixels from the first column of the window to the last.
    var windowWidth: Int { geometry.dilations.width * (weightShape[3] - 1) + 1 }

    /// Whether the rows of the input are shorter than the window or the stride.
    var isNarrow: Bool { inputShape[2] < max(windowWidth, geometry.strides.width) }

    /// Whether any output column depends on the input, and not on its padding alone.
    var seesColumns: Bool {
        let (stride, step, left) = (geometry.strides.width, geometry.dilations.width, geometry.padding.left)
        return (0..<outputShape[2]).contains { column in
            (0..<weightShape[3]).contains { tap in
                (0..<inputShape[2]).contains(column * stride + tap * step - left)
            }
        }
    }

    var hasResidual: Bool {
        if case .forward(_, let hasResidual, _) = direction { hasResidual } else { false }
    }

    /// Whether the AMX weight gradient of versions before 3.6 processes rows one by one and loses the padding.
    ///
    /// It processes whole images if input and output have the same size, and splits them into groups of rows if they
    /// exceed 128 KiB per channel block; groups of a single row then start at the wrong address, or are never finished.
    var losesRows: Bool {
        let (padding, height, width) = (geometry.padding, outputShape[1], outputShape[2])
        let (rows, columns) = (weightShape[2], weightShape[3])
        guard !isStrided, !isDilated, inputShape[1] == height, inputShape[2] == width, rows == columns,
            padding.left == columns / 2, padding.top == rows / 2, padding.left == 1 || padding.right == 1,
            height >= rows, width >= columns
        else { return false }
        func rounded(_ value: Int, to unit: Int) -> Int { (value + unit - 1) / unit * unit }
        let edge = rounded(max(padding.left, padding.right + 1), to: 32)
        let rowBytes = 32 * (rounded(width + edge, to: 32) + rounded(width, to: 2))
        guard rowBytes * height > 128 << 10 else { return false }
        let fewest = max(1, padding.bottom, padding.top)
        var part = height
        while rowBytes * part > 48 << 10, part >= fewest {
            if part == 1 { return true }
            let divisor = (2...part).first { part % $0 == 0 }!
            part = divisor == part ? part / 2 : part / divisor
        }
        return max(fewest, part) == 1 && padding.top >= 1
    }
}
