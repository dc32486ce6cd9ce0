import NNDatasets
import NNLayers
import Testing

@Suite struct DatasetsPluginTests {
    let registry: Registry

    init() throws { registry = try Registry(plugins: [DatasetsPlugin()]) }

    @Test func everythingIsRegistered() {
        #expect(
            registry.names(of: .dataset) == [
                "ade20k", "camvid", "cifar10", "cityscapes", "class_folders", "features", "map_file", "mask_folders",
                "mask_lists", "shapes", "shards", "table", "voc",
            ])
        #expect(registry.names(of: .sampler) == ["balanced", "rare_classes", "sequential", "shuffle"])
        #expect(registry.names(of: .batchTransform) == ["cutmix", "mixup"])
        #expect(
            registry.names(of: .transform)
                == [
                    "affine", "center_crop", "color_jitter", "elastic", "flip", "gaussian_blur", "grayscale", "jpeg",
                    "noise", "pad", "pad_crop", "rand_augment", "random_crop", "random_erasing", "random_resized_crop",
                    "random_scale", "random_side_crop", "resize", "rotate", "to_bgr", "trivial_augment",
                ])
    }

    @Test func componentsAreBuiltWithTheirOptions() throws {
        let environment = TransformEnvironment(task: .segmentation, ignoreIndex: 7)
        let sample = Sample(
            image: Image(size: 4), target: .mask(Image(size: 4, channels: 1)), name: "a.png")
        var random = RandomGenerator(key: RandomKey(seed: 0))
        let nodes: [ConfigNode] = [
            ["type": "pad_crop", "size": [8, 10], "padding": 3], ["type": "resize", "size": [12, 20]],
            ["type": "random_side_crop", "size": [6, 9], "minimum_ratio": 0.5],
            ["type": "center_crop", "size": [5, 8]],
        ]
        var result = sample
        for node in nodes {
            let transform = try registry.build(.transform, from: node, environment)
            result = try transform(result, random: &random)
        }
        #expect(result.image.size == Size(height: 5, width: 8))

        let padded = try registry.build(.transform, from: ["type": "pad_crop", "size": 6, "padding": 1], environment)
        guard case .mask(let mask) = try padded(sample, random: &random).target else { return }
        #expect(mask.pixels.count { $0 == 7 } == 20)

        let shapes = try registry.build(
            .dataset, from: ["type": "shapes", "task": "segmentation", "train_count": 3, "class_count": 2])
        #expect(shapes.task == .segmentation)
        #expect(try shapes.dataset(.train).count == 3)
        for name in ["balanced", "rare_classes", "sequential", "shuffle"] as [ConfigNode] {
            let sampler = try registry.build(
                .sampler, from: name, SamplerEnvironment(dataset: PatternDataset(count: 3)))
            #expect(sampler.order(epoch: 0, key: RandomKey(seed: 0)).count == 3)
        }
        for node in [["type": "mixup", "alpha": 0.8], "cutmix"] as [ConfigNode] {
            let transform = try registry.build(.batchTransform, from: node, environment)
            let batch = Batch(images: .ones([1, 2, 2, 3]), labels: Tensor([Int32(0)]), indices: [0])
            #expect(transform(batch, random: &random).count == 1)
        }
    }

    @Test func wrongOptionsOfSamplersAndMixingAreNamed() {
        let sampler = SamplerEnvironment(dataset: PatternDataset(count: 3))
        for (node, expected) in [
            (["type": "rare_classes", "temperature": 0], "temperature: must be above 0"),
            (["type": "rare_classes", "minimum_pixels": 0], "minimum_pixels: must be 1 or more"),
            (["type": "shuffle", "buffer": 0], "buffer: must be 1 or more"),
        ] as [(ConfigNode, String)] {
            #expect(failure { _ = try registry.build(.sampler, from: node, sampler) }?.contains(expected) == true)
        }
        let environment = TransformEnvironment(task: .classification)
        for (node, expected) in [
            (["type": "mixup", "alpha": 0], "alpha: must be from 0.000001"),
            (["type": "cutmix", "probability": 2], "probability: must be between 0 and 1"),
        ] as [(ConfigNode, String)] {
            let message = failure { _ = try registry.build(.batchTransform, from: node, environment) }
            #expect(message?.contains(expected) == true)
        }
    }

    @Test(
        arguments: [
            (["type": "resize"], "size: must be a length in pixels"),
            (["type": "resize", "size": "large"], "size: expected a length in pixels, or a list"),
            (["type": "resize", "size": [1, 2, 3]], "size: expected a length in pixels, or a list"),
            (["type": "resize", "size": [8, 9], "keeps_aspect_ratio": true], "size: must be one number"),
            (["type": "pad", "size": 4_000_000_000], "size: must be at most 536870912 pixels and 65536 a side"),
            (["type": "pad_crop", "size": 32, "padding": -1], "padding: must be from 0 to 4096, not -1"),
            (["type": "pad_crop", "size": 32, "pading": 1], "did you mean 'padding'"),
            (["type": "random_side_crop", "size": 32, "minimum_ratio": 0], "minimum_ratio: must be above 0"),
            (["type": "random_side_crop", "size": 32, "maximum_ratio": 1.5], "maximum_ratio: must be from 0.875 to 1"),
            (["type": "flip", "horizontal": 2], "horizontal: must be between 0 and 1, not 2"),
            (["type": "color_jitter", "hue": 0.6], "hue: must be from 0 to 0.5 turns"),
            (["type": "color_jitter", "brightness": -0.1], "brightness: must be between 0 and 1"),
            (["type": "random_scale", "minimum_factor": 0], "minimum_factor: must be above 0"),
            (["type": "random_scale", "maximum_factor": 0.4], "maximum_factor: must be from 0.5 to 16"),
            ("random_crop", "size: must be a length"),
            (["type": "random_crop", "size": 8, "category_max_ratio": 0], "category_max_ratio: must be above 0"),
            ("pad", "size: must be given, or 'divisor', and not both"),
            (["type": "pad", "size": 8, "divisor": 8], "size: must be given, or 'divisor', and not both"),
            (["type": "pad", "divisor": 0], "divisor: must be from 1"),
            (["type": "rotate", "degrees": 181], "degrees: must be from 0 to 180"),
            (["type": "gaussian_blur", "maximum_sigma": 1000], "maximum_sigma: must be from 0.1 to 100"),
            (["type": "gaussian_blur", "probability": -1], "probability: must be between 0 and 1"),
            (["type": "grayscale", "probability": 1.5], "probability: must be between 0 and 1"),
            (["type": "random_resized_crop", "size": 8, "minimum_area": 2], "minimum_area: must be above 0"),
            (["type": "random_resized_crop", "size": 8, "minimum_ratio": 2], "maximum_ratio: must be from 2"),
            (["type": "rand_augment", "count": 0], "count: must be from 1 to 14"),
            (["type": "rand_augment", "magnitude": 31], "magnitude: must be from 0 to 30"),
            (["type": "affine", "degrees": -1], "degrees: must be from 0 to 180"),
            (["type": "affine", "shear": 61], "shear: must be from 0 to 60 degrees"),
            (["type": "affine", "minimum_scale": 0], "minimum_scale: must be above 0"),
            (["type": "affine", "maximum_scale": 0.5], "maximum_scale: must be from 0.9 to 16"),
            (["type": "affine", "translation": 1.5], "translation: must be between 0 and 1"),
            (["type": "affine", "border": "mirror"], "unknown value 'mirror'"),
            (["type": "affine", "fill": 256], "fill"),
            (["type": "elastic", "alpha": -1], "alpha: must be from 0 to 100000 pixels"),
            (["type": "elastic", "sigma": 0], "sigma: must be above 0 and at most 100 pixels"),
            (["type": "random_erasing", "maximum_area": 1.5], "maximum_area: must be from 0.02 to 1"),
            (["type": "random_erasing", "minimum_ratio": 0], "minimum_ratio: must be above 0"),
            (["type": "random_erasing", "fill": "gray"], "fill: expected 'noise', or a value from 0 to 255"),
            (["type": "random_erasing", "fill": 256], "fill: expected 'noise', or a value from 0 to 255"),
            (["type": "random_erasing", "mask": "erase"], "unknown value 'erase'"),
            (["type": "noise", "kind": "white"], "unknown value 'white'"),
            (["type": "noise", "maximum_sigma": 51], "maximum_sigma: must be at most 1, the range of values"),
            (["type": "noise", "minimum_sigma": 0], "minimum_sigma: must be above 0"),
            (["type": "noise", "minimum_share": 0.5], "maximum_share: must be from 0.5 to 1"),
            (["type": "jpeg", "minimum_quality": 0], "minimum_quality: must be from 1 to 100"),
            (["type": "jpeg", "maximum_quality": 20], "maximum_quality: must be from 30 to 100"),
            (["type": "trivial_augment", "magnitude": 3], "unknown key 'magnitude'"),
        ] as [(ConfigNode, String)])
    func wrongOptionsOfTransformsAreNamed(node: ConfigNode, expected: String) {
        let message = failure {
            _ = try registry.build(.transform, from: node, TransformEnvironment(task: .classification))
        }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    }

    @Test(arguments: ["pad", "rotate", "random_crop"])
    func newPixelsOfMasksNeedALabel(name: String) throws {
        let node: ConfigNode = ["type": .init(.string(name)), "size": 8]
        let options: ConfigNode = name == "rotate" ? "rotate" : node
        let message = failure {
            _ = try registry.build(.transform, from: options, TransformEnvironment(task: .segmentation))
        }
        #expect(message?.contains("ignore") == true, "\(message ?? "no error")")
        _ = try registry.build(.transform, from: options, TransformEnvironment(task: .classification))
        _ = try registry.build(.transform, from: options, TransformEnvironment(task: .segmentation, ignoreIndex: 9))
    }

    @Test(
        arguments: [
            ("class_folders", "path: must name the folder"),
            (["type": "class_folders", "path": "a", "classes": ["x", "x"]], "classes: names a class twice"),
            ("map_file", "train: must name the file"),
            (["type": "map_file", "train": "a.txt"], "class_count: must be the number of classes"),
            (
                ["type": "map_file", "train": "a", "class_count": 3, "classes": ["x"]],
                "class_count: must be the number of 'classes', 1, not 3"
            ),
            (["type": "map_file", "train": "a.txt", "class_count": 1_000_001], "class_count: must be at most 1000000"),
            ("cifar10", "path: must name the folder"),
            (["type": "shapes", "class_count": 11], "class_count: must be from 2 to 10"),
            (["type": "shapes", "size": 4], "size: must be 8 pixels or more"),
            (["type": "shapes", "task": "detection"], "unknown value 'detection'"),
            (["type": "shapes", "test_count": 0], "test_count: must be from 1 to 10000000, not 0"),
            (["type": "mask_folders", "class_count": 2], "path: must name the folder"),
            (
                ["type": "mask_folders", "path": "a", "class_count": 2, "images": "photos"],
                "images: must contain {split}"
            ),
            (
                ["type": "mask_folders", "path": "a", "class_count": 2, "masks": "images/{split}"],
                "masks: must be another folder"
            ),
            (["type": "mask_folders", "path": "a"], "class_count: must be the number of classes"),
            (["type": "mask_folders", "path": "a", "class_count": 257], "class_count: must be from 1 to 256"),
            (["type": "mask_lists", "train": "a", "classes": 5], "classes: expected the names of the classes"),
            (
                ["type": "mask_lists", "train": "a", "class_count": 2, "ignore_index": 256],
                "ignore_index: must be from 0 to 255"
            ),
            (["type": "mask_lists", "class_count": 2], "train: must name the file"),
            (
                ["type": "mask_lists", "train": "a", "class_count": 2, "mask_colors": true],
                "mask_colors: needs 'classes'"
            ),
            (
                ["type": "mask_lists", "train": "a", "classes": ["a", "b"], "ignore_color": "#010203"],
                "ignore_color: needs 'mask_colors: true'"
            ),
            (
                ["type": "mask_lists", "train": "a", "classes": ["a"], "mask_colors": true, "ignore_color": "red"],
                "ignore_color: must be written as"
            ),
            (["type": "cityscapes", "path": "a", "labels": "colors"], "unknown value 'colors'"),
            ("camvid", "path: must name"), ("voc", "path: must name"), ("ade20k", "path: must name"),
        ] as [(ConfigNode, String)])
    func wrongOptionsOfDataSetsAreNamed(node: ConfigNode, expected: String) {
        let message = failure { _ = try registry.build(.dataset, from: node) }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    }

    @Test func paddedMasksNeedAnIgnoreIndex() throws {
        let environment = TransformEnvironment(task: .segmentation)
        for node in [
            ["type": "pad", "divisor": 8], "rotate", "rand_augment", "trivial_augment", "affine", "elastic",
            ["type": "random_erasing", "mask": "ignore"],
        ] as [ConfigNode] {
            let message = failure { _ = try registry.build(.transform, from: node, environment) }
            #expect(message?.contains("masks") == true, "\(message ?? "no error")")
        }
        // What a border of their own continues, and what keeps the mask, needs none.
        for node in [
            ["type": "affine", "border": "edge"], ["type": "elastic", "border": "reflect"], "random_erasing",
        ] as [ConfigNode] {
            _ = try registry.build(.transform, from: node, environment)
        }
        let message = failure {
            _ = try registry.build(.transform, from: ["type": "pad_crop", "size": 32], environment)
        }
        #expect(message?.contains("padding: must be 0 for masks") == true)
        _ = try registry.build(.transform, from: ["type": "pad_crop", "size": 32, "padding": 0], environment)
    }

    @Test func normalizationIsChecked() throws {
        let node: ConfigNode = ["mean": [0.5, 0.4, 0.3], "standard_deviation": [0.2, 0.2, 0.2]]
        #expect(
            try ConfigDecoder().decode(Normalization.self, from: node)
                == Normalization(mean: [0.5, 0.4, 0.3], standardDeviation: [0.2, 0.2, 0.2]))
        for (key, value) in [("mean", [0.5]), ("standard_deviation", [0.2, 0, 0.2])] as [(String, ConfigNode)] {
            let node = ConfigNode(.mapping([ConfigEntry(key: key, value: value)])).moved(to: "normalize")
            let message = failure { _ = try ConfigDecoder().decode(Normalization.self, from: node) }
            #expect(message?.hasPrefix("normalize.\(key)") == true && message?.contains("must be") == true)
        }
    }
}
