import Foundation
import NNDatasets
import NNLayers
import Testing

/// Every data set is opened by one call, and is the one that a configuration opens.
@Suite struct OneCallTests {
    let folder: TemporaryFolder
    let registry: Registry
    var path: String { folder.url.path }

    init() throws {
        folder = try TemporaryFolder()
        registry = try Registry(plugins: [DatasetsPlugin()])
    }

    func text(_ path: String) -> ConfigNode { .init(.string(folder.url.appending(path: path).path)) }

    /// Compares names, count and first sample with those of a configuration.
    func expectSame(
        _ dataset: any Dataset, as node: ConfigNode, _ split: Split = .train, count: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let configured = try registry.build(.dataset, from: node).dataset(split)
        #expect(dataset.count == count && configured.count == count, sourceLocation: sourceLocation)
        #expect(dataset.classNames == configured.classNames, sourceLocation: sourceLocation)
        #expect(dataset.classColors == configured.classColors, sourceLocation: sourceLocation)
        #expect(dataset.ignoreIndex == configured.ignoreIndex, sourceLocation: sourceLocation)
        #expect(dataset.files(at: 0) == configured.files(at: 0), sourceLocation: sourceLocation)
        #expect(try dataset.labelCounts(at: 0) == configured.labelCounts(at: 0), sourceLocation: sourceLocation)
        let (first, other) = (try dataset.sample(at: 0), try configured.sample(at: 0))
        #expect(first.image == other.image && first.target == other.target, sourceLocation: sourceLocation)
        #expect(first.name == other.name, sourceLocation: sourceLocation)
    }

    @Test func classFolders() throws {
        for (index, file) in ["train/cat/1.png", "train/dog/2.png", "train/dog/3.png", "val/dog/4.png"].enumerated() {
            try Image(size: 2, filledWith: UInt8(index)).writePNG(to: folder.file(file))
        }
        try expectSame(ClassFolders(path: path), as: ["type": "class_folders", "path": text("")], count: 3)
        try expectSame(
            ClassFolders(path: path, split: .validation, validation: "val", classes: ["dog", "cat"]),
            as: ["type": "class_folders", "path": text(""), "validation": "val", "classes": ["dog", "cat"]],
            .validation, count: 1)
        let message = failure { _ = try ClassFolders(path: path + "/nowhere") }
        #expect(message?.contains("there is no such folder. Set 'path' to the folder that holds 'train'.") == true)
    }

    /// The source that a configuration opens names the options with paths, so that a run finds its data again.
    @Test(arguments: [
        ("class_folders", ["path"]), ("cifar10", ["path"]), ("camvid", ["path"]), ("voc", ["path"]),
        ("ade20k", ["path"]), ("cityscapes", ["path"]), ("features", ["path"]), ("mask_folders", ["path", "classes"]),
        ("shards", ["path", "classes"]),
        ("mask_lists", ["train", "validation", "test", "root", "classes"]),
        ("map_file", ["train", "validation", "test"]), ("table", ["train", "validation", "test", "root"]),
    ])
    func pathOptions(_ name: String, _ options: [String]) throws {
        var node: ConfigNode = ["type": ConfigNode(.string(name)), options[0]: "a"]
        if options.contains("classes") || name == "map_file" {
            node.content = .mapping((node.entries ?? []) + [ConfigEntry(key: "class_count", value: 2)])
        }
        #expect(try registry.build(.dataset, from: node).pathOptions == options)
    }

    @Test func mapFile() throws {
        try Image(size: 2, filledWith: 7).writePNG(to: folder.file("lists/a.png"))
        let list = try folder.write("a.png\t1\na.png\t0\n", to: "lists/b.txt").path
        try expectSame(
            MapFile(path: list, classCount: 2),
            as: ["type": "map_file", "train": text("lists/b.txt"), "class_count": 2],
            count: 2)
        try expectSame(
            MapFile(path: list, classes: ["x", "y"]),
            as: ["type": "map_file", "test": text("lists/b.txt"), "classes": ["x", "y"]], .test, count: 2)
        #expect(
            failure { _ = try MapFile(path: list, classCount: 1) }
                == "\(list):1: the label 1 is not in 0...0. Fix the label or the number of classes.")
    }

    @Test func cifar10() throws {
        var bytes = [UInt8](repeating: 3, count: 30_730_000)
        bytes[0] = 9
        try folder.write(bytes, to: "test_batch.bin")
        try expectSame(
            CIFAR10(path: path, split: .test), as: ["type": "cifar10", "path": text("")], .test, count: 10_000)
        #expect(try CIFAR10(path: path, split: .validation).sample(at: 0).target == .label(9))
        #expect(failure { _ = try CIFAR10(path: path) }?.contains("data_batch_1.bin: it cannot be opened") == true)
    }

    @Test func features() throws {
        let part = FeatureFile.SplitFeatures(
            features: Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]), labels: Tensor([Int32(1), 0]), names: ["a", "b"])
        let description = FeatureFile.Description(
            classNames: ["cat", "dog"], backbone: "vgg", weights: "", normalization: Normalization(), transforms: [])
        try FeatureFile(description: description, splits: [.train: part]).write(to: folder.file("f.safetensors"))
        let dataset = try FeatureSet(path: path + "/f.safetensors")
        let configured = try registry.build(.dataset, from: ["type": "features", "path": text("f.safetensors")])
            .dataset(.train)
        #expect(dataset.count == 2 && dataset.classNames == configured.classNames)
        #expect(dataset.features?.floats == configured.features?.floats && dataset.features?.floats == [1, 2, 3, 4])
        #expect(dataset.labelCounts(at: 0) == [1: 1])
        let message = failure { _ = try FeatureSet(path: path + "/f.safetensors", split: .test) }
        #expect(message?.contains("it has no features of the split 'test', but of: train. Make them with") == true)
    }

    @Test func shapes() throws {
        try expectSame(Shapes(), as: "shapes", count: 5000)
        try expectSame(Shapes(split: .test), as: "shapes", .test, count: 1000)
        try expectSame(
            Shapes(
                split: .validation, task: .segmentation, size: Size(height: 20, width: 30), classCount: 3, count: 4,
                seed: 5),
            as: [
                "type": "shapes", "task": "segmentation", "size": [20, 30], "class_count": 3, "validation_count": 4,
                "seed": 5,
            ], .validation, count: 4)
    }

    @Test func maskFolders() throws {
        try folder.writePair("images/train/a.png", "masks/train/a.png", labels: [0, 1, 255], shade: 4)
        try expectSame(
            MaskFolders(path: path, classCount: 2),
            as: ["type": "mask_folders", "path": text(""), "class_count": 2], count: 1)
        try folder.writePair("tests/x_rgb.png", "tests/x_mask.png", labels: [0, 255], shade: 5)
        try expectSame(
            MaskFolders(
                path: path, split: .test, images: "{split}", masks: "{split}", test: "tests", imageSuffix: "_rgb",
                maskSuffix: "_mask", classes: ["sky #010203", "road 4 5 6"], ignoreIndex: nil, binaryMasks: true),
            as: [
                "type": "mask_folders", "path": text(""), "images": "{split}", "masks": "{split}", "test": "tests",
                "image_suffix": "_rgb", "mask_suffix": "_mask", "classes": ["sky #010203", "road 4 5 6"],
                "ignore_index": nil, "binary_masks": true,
            ], .test, count: 1)
        let message = failure { _ = try MaskFolders(path: path, split: .validation, classCount: 2) }
        #expect(message?.contains("images/validation: there is no such folder. Set 'validation' to another") == true)
    }

    @Test func maskLists() throws {
        try folder.writePair("data/a.png", "data/m.png", labels: [1, 2])
        let list = try folder.write("data/a.png\tdata/m.png\n", to: "lists/l.txt").path
        try expectSame(
            MaskLists(path: list, root: path, classCount: 3, ignoreIndex: 200),
            as: [
                "type": "mask_lists", "train": text("lists/l.txt"), "root": text(""), "class_count": 3,
                "ignore_index": 200,
            ], count: 1)
        try Image(size: Size(height: 2, width: 3)).writePNG(to: folder.file("data/m.png"))
        let classes = try folder.write("sky #000000\nroad #FFFFFF\n", to: "classes.txt").path
        try expectSame(
            MaskLists(
                path: list, root: path, classes: .file(classes), maskColors: true, ignoreColor: Color(0x808080)),
            as: [
                "type": "mask_lists", "train": text("lists/l.txt"), "root": text(""), "classes": text("classes.txt"),
                "mask_colors": true, "ignore_color": "#808080",
            ], count: 1)
        #expect(
            failure { _ = try MaskLists(path: path + "/none.txt", classCount: 2) }?.contains("none.txt: it") == true)
    }

    @Test func camVid() throws {
        try folder.writePair("train/a.png", "trainannot/a.png", labels: [10, 11])
        try folder.writePair("val/b.png", "valannot/b.png", labels: [3])
        try expectSame(CamVid(path: path), as: ["type": "camvid", "path": text("")], count: 1)
        try expectSame(
            CamVid(path: path, split: .test, test: "val"), as: ["type": "camvid", "path": text(""), "test": "val"],
            .test, count: 1)
        #expect(failure { _ = try CamVid(path: path, split: .test) }?.contains("Set 'test' to another") == true)
    }

    @Test func pascalVOC() throws {
        try folder.writePair("JPEGImages/1.jpg", "SegmentationClass/1.png", labels: [20, 255, 15])
        try folder.write("1\n", to: "ImageSets/Segmentation/train_aug.txt")
        try folder.write("1\n", to: "ImageSets/Segmentation/val.txt")
        try expectSame(
            PascalVOC(path: path, train: "train_aug"), as: ["type": "voc", "path": text(""), "train": "train_aug"],
            count: 1)
        try expectSame(
            PascalVOC(path: path, split: .validation, borderClass: true),
            as: ["type": "voc", "path": text(""), "border_class": true], .validation, count: 1)
        #expect(failure { _ = try PascalVOC(path: path) }?.contains("train.txt: it cannot be opened") == true)
    }

    @Test func ade20K() throws {
        try folder.writePair("images/training/a.jpg", "annotations/training/a.png", labels: [0, 1, 150])
        try expectSame(ADE20K(path: path), as: ["type": "ade20k", "path": text("")], count: 1)
        try expectSame(
            ADE20K(path: path, background: true), as: ["type": "ade20k", "path": text(""), "background": true],
            count: 1)
        #expect(failure { _ = try ADE20K(path: path, split: .test) }?.contains("Set 'test' to another") == true)
    }

    @Test func cityscapes() throws {
        let image = "leftImg8bit/train/bonn/bonn_1_leftImg8bit.png"
        try folder.writePair(image, "gtFine/train/bonn/bonn_1_gtFine_labelIds.png", labels: [7, 33, 0, 255])
        try folder.writeMask("gtCoarse/train/bonn/bonn_1_gtCoarse_labelTrainIds.png", labels: [0, 18, 255])
        try expectSame(Cityscapes(path: path), as: ["type": "cityscapes", "path": text("")], count: 1)
        try expectSame(
            Cityscapes(path: path, masks: "gtCoarse", labels: .trainIDs),
            as: ["type": "cityscapes", "path": text(""), "masks": "gtCoarse", "labels": "train_ids"], count: 1)
        #expect(failure { _ = try Cityscapes(path: path, split: .test) }?.contains("leftImg8bit/val") == true)
    }

    /// What configurations throw, initializers trap on, with the same words.
    @Test func impossibleOptionsTrap() async {
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try ClassFolders(path: "")
            }, "ClassFolders: path must name the folder that holds the splits")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = try MaskLists(path: "list.txt", classCount: 257)
            }, "MaskLists: class_count must be from 1 to 256, not 257")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Shapes(classCount: 11)
            }, "Shapes: class_count must be from 2 to 10, not 11")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Resize(size: Size(height: 2, width: 3), keepsAspectRatio: true)
            }, "Resize: size must be one number")
        expectMessage(
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = Mixup(alpha: 0)
            }, "Mixup: alpha must be from 0.000001 to 1000, not 0.0")
    }
}
