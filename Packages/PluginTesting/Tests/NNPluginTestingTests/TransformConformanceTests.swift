import NNDatasets
import NNLayers
import NNPluginTesting
import Testing

@Suite struct TransformConformanceTests {
    private static func registry() throws -> Registry { try Registry(plugins: [DatasetsPlugin()]) }

    /// The options and the effect of every transform.
    private static let cases: [String: [(options: ConfigNode, effect: PixelEffect)]] = [
        "resize": [(["type": "resize", "size": 40], .interpolated)],
        "random_scale": [("random_scale", .interpolated)],
        "pad": [(["type": "pad", "size": 70], .moved), (["type": "pad", "divisor": 32, "centered": true], .moved)],
        "flip": [("flip", .moved), (["type": "flip", "vertical": 0.5], .moved)],
        "rotate": [(["type": "rotate", "degrees": 30], .interpolated)],
        "center_crop": [(["type": "center_crop", "size": [5, 3]], .moved)],
        "random_crop": [(["type": "random_crop", "size": [21, 34]], .moved)],
        "pad_crop": [(["type": "pad_crop", "size": 32], .moved)],
        "random_resized_crop": [(["type": "random_resized_crop", "size": 48], .interpolated)],
        "random_side_crop": [(["type": "random_side_crop", "size": 48], .interpolated)],
        "color_jitter": [
            (["type": "color_jitter", "brightness": 0.5, "contrast": 0.5, "saturation": 0.5, "hue": 0.2], .recolored)
        ],
        "grayscale": [("grayscale", .recolored)],
        "gaussian_blur": [("gaussian_blur", .recolored)],
        "to_bgr": [("to_bgr", .recolored)],
        "rand_augment": [("rand_augment", .movedAndRecolored)],
        "trivial_augment": [("trivial_augment", .movedAndRecolored)],
        "affine": [
            ("affine", .interpolated), (["type": "affine", "degrees": 90, "border": "reflect"], .interpolated),
        ],
        "elastic": [(["type": "elastic", "alpha": 30], .interpolated)],
        "random_erasing": [
            ("random_erasing", .recolored), (["type": "random_erasing", "mask": "ignore"], .movedAndRecolored),
        ],
        "noise": [
            ("noise", .recolored), (["type": "noise", "kind": "salt_and_pepper"], .recolored),
        ],
        "jpeg": [("jpeg", .recolored)],
    ]

    @Test func everyTransformHasACase() throws {
        #expect(try Self.registry().names(of: .transform) == Self.cases.keys.sorted())
    }

    @Test(arguments: cases.keys.sorted())
    func conforms(_ name: String) throws {
        for (options, effect) in Self.cases[name] ?? [] {
            let transform = try Self.registry().build(
                .transform, from: options, TransformEnvironment(task: .segmentation, ignoreIndex: 255))
            try checkTransform(transform, effect: effect, seedCount: 4)
        }
    }

    /// A transform that a test makes wrong.
    private struct Planted: Transform {
        var keepsLayout = false
        let change: @Sendable (Sample, inout RandomGenerator) throws -> Sample

        func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample {
            try change(sample, &random)
        }
    }

    private struct OddError: Error {}

    @Test func plantedFaultsAreFound() throws {
        func expect(
            _ text: String, _ effect: PixelEffect = .moved, keepsLayout: Bool = false,
            _ change: @escaping @Sendable (Sample, inout RandomGenerator) throws -> Sample
        ) throws {
            try expectFinding(text) {
                try checkTransform(Planted(keepsLayout: keepsLayout, change: change), effect: effect, seedCount: 2)
            }
        }
        @Sendable func half(_ size: Size) -> Size { Size(height: (size.height + 1) / 2, width: (size.width + 1) / 2) }

        try expect("the mask was not moved with the image") { sample, _ in
            var result = Flip(horizontal: 1).flipped(sample)
            result.target = sample.target
            return result
        }
        try expect("pixels of 1 channels, the image") { sample, _ in
            var result = sample
            result.image = sample.image.resized(to: half(sample.image.size))
            return sample.image.size == 1 ? sample : result
        }
        try expect("which it did not have", .interpolated) { sample, _ in
            sample.mapImages { $0.resized(to: half($0.size)) }
        }
        try expect("the mask changes, although pixels stay", .recolored) { sample, _ in
            Flip(horizontal: 1).flipped(sample)
        }
        try expect("the same random numbers give another result") { sample, _ in
            var generator = SystemRandomNumberGenerator()
            var result = sample
            result.image[0, 0] = UInt8(truncatingIfNeeded: generator.next())
            return result
        }
        try expect("a quarter of the image is not visible any more", keepsLayout: true) { sample, _ in
            sample.cropped(top: 0, left: 0, size: half(sample.image.size))
        }
        try expect("the quarters of the image change their sides", keepsLayout: true) { sample, _ in
            Flip(horizontal: 1).flipped(sample)
        }
        try expect("the label of the image becomes label(0)") { sample, _ in
            var result = sample
            if case .label = sample.target { result.target = .label(0) }
            return result
        }
        try expect("not ImageError") { _, _ in throw OddError() }
        try expect("it refuses every size, such as: the image of the check: no. No.") { sample, _ in
            throw ImageError(file: sample.name, reason: "no", remedy: "No")
        }
        try expect("the error does not name the sample") { _, _ in
            throw ImageError(file: "another", reason: "no", remedy: "No")
        }
    }
}

extension Transform {
    fileprivate func flipped(_ sample: Sample) -> Sample {
        var random = RandomGenerator(key: RandomKey(seed: 0))
        return (try? self(sample, random: &random)) ?? sample
    }
}
