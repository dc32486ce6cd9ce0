import NNLayers

/// Registers the data sets, transforms and samplers of this module, and the tasks that data sets may name.
public struct DatasetsPlugin: Plugin {
    public let name = "datasets"

    /// A plugin without options.
    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(.imageFormat, "png", summary: "PNG") { PNGFormat() }
        try registry.register(.imageFormat, "jpeg", summary: "JPEG") { JPEGFormat() }
        try registerTasks(into: registry)
        try registerDatasets(into: registry)
        try registerTransforms(into: registry)
        try registerSamplers(into: registry)
    }

    private func registerTasks(into registry: Registry) throws {
        try registry.register(.classification, summary: "A class for each image")
        try registry.register(.segmentation, summary: "A class for each pixel")
        try registry.register(.multiLabel, summary: "Any number of classes for each image")
        try registry.register(.regression, summary: "Numbers for each image")
    }

    private func registerDatasets(into registry: Registry) throws {
        try registry.register(
            .dataset, "class_folders", summary: "A folder for each class, with image files", ClassFolders.Options.self)
        try registry.register(
            .dataset, "map_file", summary: "Text files of 'path TAB label' lines", MapFile.Options.self)
        try registry.register(.dataset, "cifar10", summary: "The binary version of CIFAR-10", CIFAR10.Options.self)
        try registry.register(
            .dataset, "table", summary: "CSV files with a column of paths and columns of labels or numbers",
            TableFile.Options.self)
        try registry.register(
            .dataset, "shapes", summary: "Drawn shapes, for a first run of every task", Shapes.Options.self)
        try registry.register(
            .dataset, "features", summary: "Features of images, from a file that 'nn features' made",
            FeatureSet.Options.self)
        try registry.register(
            .dataset, "mask_folders", summary: "Folders of images and of masks for each split",
            MaskFolders.Options.self)
        try registry.register(
            .dataset, "mask_lists", summary: "Text files of 'image TAB mask' lines", MaskLists.Options.self)
        try registry.register(
            .dataset, "shards", summary: "Tar files of images with classes or masks (WebDataset)", Shards.Options.self)
        try registry.register(
            .dataset, "camvid", summary: "CamVid: street scenes, 11 classes", CamVid.Options.self)
        try registry.register(
            .dataset, "voc", summary: "PASCAL VOC 2012: objects, 21 or 22 classes", PascalVOC.Options.self)
        try registry.register(
            .dataset, "ade20k", summary: "ADE20K: scenes, 150 or 151 classes", ADE20K.Options.self)
        try registry.register(
            .dataset, "cityscapes", summary: "Cityscapes: street scenes, 19 classes", Cityscapes.Options.self)
    }

    private func registerTransforms(into registry: Registry) throws {
        try registry.register(.transform, "resize", summary: "All images to one size", Resize.self)
        try registry.register(
            .transform, "random_scale", summary: "Images resized by a random factor", RandomScale.self)
        try registry.register(.transform, "pad", summary: "Images padded to a size or a multiple", Pad.self)
        try registry.register(.transform, "flip", summary: "Images mirrored at random", Flip.self)
        try registry.register(.transform, "rotate", summary: "Images rotated by a random angle", Rotate.self)
        try registry.register(
            .transform, "affine", summary: "Random rotation, shear, scale and shift in one resampling", Affine.self)
        try registry.register(
            .transform, "elastic", summary: "Pixels displaced by smooth random fields (Simard et al. 2003)",
            Elastic.self)
        try registry.register(.transform, "center_crop", summary: "The centre of each image", CenterCrop.self)
        try registry.register(.transform, "random_crop", summary: "A random part of each image", RandomCrop.self)
        try registry.register(.transform, "pad_crop", summary: "A random part of the padded image", PadCrop.self)
        try registry.register(
            .transform, "random_resized_crop", summary: "A part of random area and aspect ratio, resized",
            RandomResizedCrop.self)
        try registry.register(
            .transform, "random_side_crop", summary: "A random square, resized", RandomSideCrop.self)
        try registry.register(
            .transform, "color_jitter", summary: "Random brightness, contrast, saturation and hue", ColorJitter.self)
        try registry.register(.transform, "grayscale", summary: "Images in greyscale at random", Grayscale.self)
        try registry.register(.transform, "gaussian_blur", summary: "Images blurred at random", GaussianBlur.self)
        try registry.register(.transform, "noise", summary: "Noise of random strength", Noise.self)
        try registry.register(
            .transform, "jpeg", summary: "Artefacts of JPEG files of random quality", JPEGArtifacts.self)
        try registry.register(
            .transform, "random_erasing", summary: "A random rectangle erased (Zhong et al. 2020)", RandomErasing.self)
        try registry.register(.transform, "to_bgr", summary: "Channels in the order blue, green, red", ToBGR.self)
        try registry.register(
            .transform, "rand_augment", summary: "A few random operations of one magnitude (Cubuk et al. 2020)",
            RandAugment.self)
        try registry.register(
            .transform, "trivial_augment", summary: "A random operation of random magnitude (Müller and Hutter 2021)",
            TrivialAugment.self)
        try registry.register(
            .batchTransform, "mixup", summary: "Images blended with others (Zhang et al. 2018)", Mixup.self)
        try registry.register(
            .batchTransform, "cutmix", summary: "Rectangles of other images (Yun et al. 2019)", CutMix.self)
    }

    private func registerSamplers(into registry: Registry) throws {
        try registry.register(.sampler, "sequential", summary: "The samples in their order") { environment in
            SequentialSampler(count: environment.dataset.count)
        }
        try registry.register(.sampler, "shuffle", summary: "A new order in each epoch", ShuffleSampler.Options.self)
        try registry.register(.sampler, "balanced", summary: "Each class equally often") { environment in
            try LabelTable.checkClasses(of: environment.dataset, for: "balanced")
            return try BalancedSampler(
                labels: environment.labelTable(), classCount: environment.dataset.classNames.count,
                drawsUnlabelled: environment.dataset.labelKind == .flags)
        }
        try registry.register(
            .sampler, "rare_classes", summary: "Images with rare classes more often (Hoyer et al. 2022)",
            RareClassSampler.Options.self)
    }
}
