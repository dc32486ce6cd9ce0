import NNCore
import Testing

@testable import NNOneDNN

/// The rules as pure functions: they are the same on every processor.
@Suite struct OneDNNRulesTests {
    private static let old = OneDNNVersion(2, 6, 3)
    private static let amx = OneDNNRules(version: old, instructions: .amx)
    private static let zen = OneDNNRules(version: old, instructions: .avx512BF16)

    /// One line: direction, type, then images, groups, channels in and out, height, width, window, strides, pixels left
    /// out between taps, and padding at top, left, bottom and right.
    static func key(_ line: String, hasResidual: Bool = false) -> ConvolutionKey {
        let words = line.split(separator: " ").map(String.init)
        let n = words.dropFirst(2).map { Int($0)! }
        let geometry = ConvolutionGeometry(
            strides: Size(height: n[8], width: n[9]), dilations: Size(height: n[10] + 1, width: n[11] + 1),
            padding: EdgeInsets(top: n[12], bottom: n[14], left: n[13], right: n[15]), groups: n[1])
        let size = geometry.outputSize(
            input: Size(height: n[4], width: n[5]), kernel: Size(height: n[6], width: n[7]))
        let direction: ConvolutionKey.Direction =
            switch words[0] {
            case "fwd": .forward(hasBias: true, hasResidual: hasResidual, activation: .relu)
            case "bwd": .inputGradient
            default: .weightGradient
            }
        return ConvolutionKey(
            direction: direction, geometry: geometry, inputShape: [n[0], n[4], n[5], n[2]],
            outputShape: [n[0], size.height, size.width, n[3]], weightShape: [n[3], n[2] / n[1], n[6], n[7]],
            dataType: words[1] == "bf16" ? .bfloat16 : .float32)
    }

    private static let amxGradient = "jit:avx512_core_amx_bf16"

    @Test(arguments: [
        (180, 240, Treatment.direct), (240, 320, .direct), (320, 480, .lastRowApart), (360, 480, .lastRowApart),
        (64, 737, .lastRowApart), (40, 1000, .lastRowApart), (224, 224, .direct), (112, 112, .direct),
    ])
    func takesTheLastRowApartWithAMX(height: Int, width: Int, treatment: Treatment) {
        let line = "1 1 64 64 \(height) \(width) 3 3 1 1 0 0 1 1 1 1"
        #expect(Self.amx.treatment(of: Self.key("bww bf16 " + line), implementation: Self.amxGradient) == treatment)
        // What it is split into is right.
        let upper = Self.key("bww bf16 1 1 64 64 \(height) \(width) 3 3 1 1 0 0 1 1 0 1")
        let lower = Self.key("bww bf16 1 1 64 64 2 \(width) 3 3 1 1 0 0 0 1 1 1")
        for part in [upper, lower] {
            #expect(Self.amx.treatment(of: part, implementation: Self.amxGradient) == .direct)
        }
        // Float32, few channels, other windows, and the version that is mended.
        #expect(Self.amx.treatment(of: Self.key("bww f32 " + line), implementation: "jit:avx512_core") == .direct)
        let mended = OneDNNRules(version: OneDNNVersion(3, 7, 2), instructions: .amx)
        #expect(mended.treatment(of: Self.key("bww bf16 " + line), implementation: Self.amxGradient) == .direct)
        let narrow = Self.key("bww bf16 1 1 3 64 \(height) \(width) 3 3 1 1 0 0 1 1 1 1")
        #expect(
            Self.amx.treatment(of: narrow, implementation: Self.amxGradient)
                == (treatment == .direct ? .direct : .useFloat32))
    }

    @Test func aWindowOfTwoCannotBeSplit() {
        let key = Self.key("bww bf16 1 1 32 32 360 480 2 2 1 1 0 0 1 1 0 0")
        #expect(Self.amx.treatment(of: key, implementation: Self.amxGradient) == .useFloat32)
    }

    /// What failed on a processor with AVX-512 and bfloat16 but without AMX, in 2.6.3, 3.2, 3.7 and 3.12 alike.
    static let wrongGradients = [
        "bww bf16 3 16 16 16 16 168 3 3 1 1 3 3 4 4 4 4", "bww bf16 4 1 31 4 44 45 3 3 1 1 3 3 4 4 4 4",
        "bww bf16 4 15 15 15 20 41 3 3 1 1 2 2 0 0 0 0", "bww bf16 3 1 31 8 13 168 5 3 1 1 1 1 4 2 4 2",
        "bww bf16 3 1 33 4 25 31 5 5 1 1 3 3 8 8 8 8", "bww bf16 4 1 1 64 39 2 1 1 3 3 0 0 0 0 0 0",
        "bww bf16 3 16 16 16 9 375 3 3 1 1 3 3 0 0 0 0", "bww bf16 2 1 33 16 41 40 3 3 1 1 1 1 2 2 2 2",
        "bww bf16 3 2 34 34 10 519 3 3 1 1 2 2 3 3 3 3", "bww bf16 4 1 17 16 19 351 3 3 1 1 2 2 3 3 3 3",
        "bww bf16 2 1 17 15 48 30 5 5 1 1 3 3 8 8 8 8", "bww bf16 3 1 31 8 18 35 5 5 1 1 1 1 4 4 4 4",
        "bww bf16 4 1 17 16 13 35 3 1 1 1 1 1 2 0 2 0", "bww bf16 4 1 15 3 250 1 7 7 2 2 0 0 2 3 3 3",
        "bww bf16 2 1 33 33 24 177 5 5 1 1 1 1 4 4 4 4", "bww bf16 4 1 33 15 12 544 5 5 1 1 1 1 4 4 4 4",
    ]

    @Test(arguments: wrongGradients) func leavesWhatFailedWithoutAMX(line: String) {
        for version in [Self.old, OneDNNVersion(3, 2), OneDNNVersion(3, 7, 2), OneDNNVersion(3, 12, 1)] {
            let rules = OneDNNRules(version: version, instructions: .avx512BF16)
            let key = Self.key(line)
            #expect(rules.treatment(of: key, implementation: "jit_bf16:avx512_core_bf16") == .useFloat32)
        }
    }

    /// What was NaN in 2.6.3: rows shorter than the stride, padded on the left.
    static let narrowGradients = [
        "bww bf16 2 1 16 16 9 2 3 2 1 3 0 0 1 1 1 1", "bww bf16 1 1 16 32 8 1 3 1 1 2 0 0 1 1 1 0",
    ]

    @Test(arguments: narrowGradients) func leavesRowsShorterThanTheStride(line: String) {
        let rules = OneDNNRules(version: Self.old, instructions: .avx512BF16)
        #expect(rules.treatment(of: Self.key(line), implementation: "jit_bf16:avx512_core_bf16") == .useFloat32)
        let amx = OneDNNRules(version: Self.old, instructions: .amx)
        #expect(amx.treatment(of: Self.key(line), implementation: "jit:avx512_core_amx_bf16") == .useFloat32)
    }

    /// What failed in 3.12.1 with AVX-512.
    static let wrongForwards = [
        "fwd bf16 3 65 65 130 429 2 1 3 1 2 3 0 0 1 0 1", "fwd bf16 1 3 3 12 174 1 5 4 1 2 0 0 2 1 2 2",
        "fwd bf16 1 5 5 40 5 2 3 2 1 2 0 0 1 1 1 0", "fwd f32 1 1 1 17 20 4 3 4 1 2 0 0 1 0 1 0",
        "fwd f32 1 1 1 2 60 2 1 3 1 3 0 0 0 1 0 2",
    ]

    @Test(arguments: wrongForwards) func leavesSingleColumnsOfSingleChannels(line: String) {
        let (key, name) = (Self.key(line), "brg_conv_fwd:avx512_core")
        func treatment(_ version: OneDNNVersion, _ instructions: InstructionSet) -> Treatment {
            OneDNNRules(version: version, instructions: instructions).treatment(of: key, implementation: name)
        }
        #expect(treatment(OneDNNVersion(3, 12, 1), .avx512) == .decline)
        #expect(treatment(OneDNNVersion(3, 12, 1), .amx) == .decline)
        #expect(treatment(OneDNNVersion(3, 12, 1), .avx2) == .direct)
        #expect(treatment(Self.old, .avx512BF16) == .direct)
    }

    /// What ended the process in 3.7.2 and 3.12.1: all that any output column covers is padding.
    static let unseenForwards = [
        "fwd bf16 2 1 2 5 5 1 5 3 3 3 4 4 10 2 16 12", "fwd bf16 1 1 16 1 8 1 4 1 3 2 5 5 15 1 3 1",
        "fwd bf16 1 1 8 17 2 1 3 2 3 4 1 1 3 7 5 3", "fwd bf16 2 2 34 16 6 1 2 2 3 3 3 3 4 8 0 8",
        "fwd bf16 2 1 1 1 5 3 1 2 4 4 4 4 1 1 0 10", "fwd bf16 2 4 16 68 4 1 3 1 4 4 4 4 10 1 1 3",
    ]

    @Test(arguments: unseenForwards) func leavesWhatSeesPaddingAlone(line: String) {
        for name in ["brg_conv_fwd:avx512_core_bf16", "brgconv:avx512_core_amx_bf16"] {
            for version in [OneDNNVersion(3, 7, 2), OneDNNVersion(3, 12, 1)] {
                let rules = OneDNNRules(version: version, instructions: .amx)
                #expect(rules.treatment(of: Self.key(line), implementation: name) == .decline)
            }
            #expect(Self.zen.treatment(of: Self.key(line), implementation: name) == .direct)
        }
        // Without the padding on the left the first output column sees the input.
        let seeing = Self.key("fwd bf16 2 1 2 5 5 1 5 3 3 3 4 4 10 0 16 12")
        let rules = OneDNNRules(version: OneDNNVersion(3, 12, 1), instructions: .avx512BF16)
        #expect(rules.treatment(of: seeing, implementation: "brg_conv_fwd:avx512_core_bf16") == .direct)
    }

    /// What the networks need at their sizes keeps oneDNN's bfloat16.
    @Test(arguments: [
        "bww bf16 8 1 64 64 56 56 3 3 1 1 0 0 1 1 1 1", "bww bf16 8 1 512 512 28 28 3 3 1 1 1 1 2 2 2 2",
        "bww bf16 8 1 3 64 224 224 7 7 2 2 0 0 3 3 3 3", "bww bf16 8 1 256 512 56 56 1 1 2 2 0 0 0 0 0 0",
        "fwd bf16 8 1 64 64 56 56 3 3 1 1 0 0 1 1 1 1", "bwd bf16 8 1 64 64 56 56 3 3 1 1 0 0 1 1 1 1",
    ])
    func keepsWhatIsRight(line: String) {
        for rules in [Self.zen, Self.amx] {
            for name in ["jit_bf16:avx512_core_bf16", "brgconv:avx512_core_bf16", "brgconv:avx512_core_amx_bf16"] {
                #expect(rules.treatment(of: Self.key(line), implementation: name) == .direct)
            }
        }
    }

    /// By speed; one channel in each group is not depthwise where it makes several.
    @Test(arguments: [
        ("f32 8 64 64 64 56 56 3 3 1 1 0 0 1 1 1 1", false), ("f32 8 64 64 64 56 56 3 3 2 2 0 0 1 1 1 1", false),
        ("bf16 8 64 64 64 56 56 3 3 1 1 0 0 1 1 1 1", true), ("f32 8 64 64 64 56 56 3 3 1 1 1 1 2 2 2 2", true),
        ("f32 8 64 64 64 56 56 5 5 1 1 0 0 2 2 2 2", true), ("bf16 8 64 64 64 56 56 7 7 1 1 0 0 3 3 3 3", true),
        ("bf16 8 32 64 64 56 56 3 3 1 1 1 1 2 2 2 2", false), ("bf16 8 32 32 64 56 56 3 3 1 1 1 1 2 2 2 2", false),
        ("bf16 8 1 1 1 56 56 3 3 1 1 1 1 2 2 2 2", false),
    ])
    func leavesDepthwiseConvolutions(line: String, isFasterElsewhere: Bool) {
        for direction in ["fwd", "bwd", "bww"] {
            #expect(Self.key("\(direction) \(line)").isFasterElsewhere == isFasterElsewhere)
        }
    }

    /// By speed, on processors without AVX-512.
    @Test(arguments: [
        ("f32 8 1 128 128 56 56 3 3 2 2 0 0 1 1 1 1", true), ("f32 1 1 32 64 16 16 3 3 2 2 0 0 1 1 1 1", true),
        ("f32 1 2 64 128 16 16 5 5 1 1 1 1 4 4 4 4", true), ("f32 8 1 16 32 32 32 3 3 2 2 0 0 1 1 1 1", false),
        ("f32 8 1 3 64 224 224 7 7 2 2 0 0 3 3 3 3", false), ("f32 8 1 256 512 56 56 1 1 2 2 0 0 0 0 0 0", false),
        ("f32 8 4 64 64 56 56 3 3 1 1 0 0 1 1 1 1", false),
    ])
    func leavesWindowsOfManyChannels(line: String, isFasterElsewhere: Bool) {
        for direction in ["fwd", "bwd", "bww"] {
            let key = Self.key("\(direction) \(line)")
            #expect(key.isFasterElsewhere(than: "jit:avx2") == isFasterElsewhere)
            #expect(!key.isFasterElsewhere(than: "jit:avx512_core") && !key.isFasterElsewhere(than: "brgconv:avx2"))
        }
    }

    @Test func leavesStridedPointsOfFewChannels() {
        for type in ["f32", "bf16"] {
            let key = Self.key("bww \(type) 1 1 3 16 8 42 1 1 2 2 0 0 0 0 0 0")
            let name = type == "f32" ? "jit_1x1:avx512_core" : "jit_bf16_1x1:avx512_core_bf16"
            for instructions in [InstructionSet.avx512BF16, .avx2] {
                let rules = OneDNNRules(version: OneDNNVersion(3, 12), instructions: instructions)
                #expect(rules.treatment(of: key, implementation: name) == .decline)
            }
        }
    }

    /// Channels are summed in pairs; of 656 random shapes 33 of the 324 with an odd number failed, and none of the others.
    @Test(arguments: [("fwd", 17, 3), ("fwd", 65, 17), ("bwd", 16, 33), ("bwd", 64, 1)])
    func leavesPointsOfOddChannels(direction: String, inputs: Int, outputs: Int) {
        let name = "jit_bf16_1x1:avx512_core_bf16"
        func treatment(_ inputs: Int, _ outputs: Int, _ version: OneDNNVersion) -> Treatment {
            let key = Self.key("\(direction) bf16 4 1 \(inputs) \(outputs) 13 30 1 1 1 1 0 0 0 0 0 0")
            return OneDNNRules(version: version, instructions: .avx512BF16).treatment(of: key, implementation: name)
        }
        #expect(treatment(inputs, outputs, Self.old) == .useFloat32)
        #expect(treatment(728, 728, Self.old) == .direct)
        #expect(treatment(inputs, outputs, OneDNNVersion(3, 2)) == .direct)
    }

    @Test func addsTheResidualAfterwards() {
        let gemm = Self.key("fwd f32 4 1 64 8 34 1 5 5 1 1 0 0 2 2 2 2", hasResidual: true)
        #expect(Self.zen.treatment(of: gemm, implementation: "x64:gemm:jit") == .addResidualAfterwards)
        let pointwise = Self.key("fwd bf16 1 1 512 2048 6 6 1 1 1 1 0 0 0 0 0 0", hasResidual: true)
        #expect(
            Self.amx.treatment(of: pointwise, implementation: "jit_1x1:avx512_core_amx_bf16") == .addResidualAfterwards)
        #expect(Self.zen.treatment(of: pointwise, implementation: "jit_1x1:avx512_core_bf16") == .direct)
    }

    @Test func leavesWhatFailedOnceWithAMX() {
        let key = Self.key("fwd bf16 1 1 64 8 8 537 1 5 3 3 0 0 0 0 0 0")
        #expect(Self.amx.treatment(of: key, implementation: "brgconv:avx512_core_amx_bf16") == .useFloat32)
        let dilated = Self.key("bww bf16 2 1 33 33 20 20 3 3 1 1 1 1 2 2 2 2")
        #expect(Self.amx.treatment(of: dilated, implementation: Self.amxGradient) == .useFloat32)
    }

    @Test func clearsScratchOfVersionThreeOnly() {
        let key = Self.key("bww bf16 1 1 32 8 224 400 3 3 1 1 0 0 1 1 1 1")
        for (version, treatment) in [(OneDNNVersion(3, 2), Treatment.clearScratch), (Self.old, .direct)] {
            let rules = OneDNNRules(version: version, instructions: .amx)
            #expect(rules.treatment(of: key, implementation: "brgconv_bwd_w:avx512_core_amx") == treatment)
        }
    }

    @Test func tellsWhichRulesHoldHere() {
        #expect(Self.amx.rules.count > Self.zen.rules.count)
        let without = OneDNNRules(version: Self.old, instructions: .avx2)
        #expect(without.notes.contains { $0.hasPrefix("rule points:") })
        #expect(!without.notes.contains { $0.contains("amx") || $0.contains("bf16-") })
    }
}
