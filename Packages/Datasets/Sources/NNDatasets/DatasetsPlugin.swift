import NNLayers

/// The data sets, transforms and samplers of this module.
public struct DatasetsPlugin: Plugin {
    public let name = "datasets"

    public init() {}

    public func register(into registry: Registry) throws {
        try registerDatasets(into: registry)
        try registerTransforms(into: registry)
        try registerBatchTransforms(into: registry)
        try registerSamplers(into: registry)
    }

    private func registerSamplers(into registry: Registry) throws {
        try registry.register(.sampler, "sequential", summary: "The samples in their order") { environment in
            SequentialSampler(count: environment.dataset.count)
        }
        try registry.register(.sampler, "shuffle", summary: "A new order in each epoch") { environment in
            ShuffleSampler(count: environment.dataset.count)
        }
        try registry.register(.sampler, "balanced", summary: "Each class equally often") { environment in
            try BalancedSampler(
                labels: environment.labelTable(), classCount: environment.dataset.classNames.count)
        }
        try registry.register(
            .sampler, "rare_classes", summary: "Pictures with rare classes more often (Hoyer et al. 2022)",
            options: RareClassSampler.Options.self
        ) { options, environment in
            try RareClassSampler(
                options, labels: environment.labelTable(), classCount: environment.dataset.classNames.count)
        }
    }

    private func registerBatchTransforms(into registry: Registry) throws {
        try registry.register(
            .batchTransform, "mixup", summary: "Pictures blended with others (Zhang et al. 2018)", options: Mixup.self
        ) { transform, _ in transform }
        try registry.register(
            .batchTransform, "cutmix", summary: "Rectangles of other pictures (Yun et al. 2019)", options: CutMix.self
        ) { transform, _ in transform }
    }

    private func registerDatasets(into registry: Registry) throws {
        try registry.register(
            .dataset, "class_folders", summary: "A folder a class, with image files", options: ClassFolders.Options.self
        ) { options, _ in ClassFolders(options) }
        try registry.register(
            .dataset, "map_file", summary: "Text files of 'path TAB label' lines", options: MapFile.Options.self
        ) { options, _ in MapFile(options) }
        try registry.register(
            .dataset, "cifar10", summary: "The binary version of CIFAR-10", options: CIFAR10.Options.self
        ) { options, _ in CIFAR10(options) }
        try registry.register(
            .dataset, "shapes", summary: "Drawn shapes, for classification or segmentation",
            options: Shapes.Options.self
        ) { options, _ in Shapes(options) }
        try registry.register(
            .dataset, "features", summary: "Features of pictures, from a file that 'nn features' made",
            options: FeatureSet.Options.self
        ) { options, _ in FeatureSet(options) }
        try registerMaskDatasets(into: registry)
    }

    private func registerMaskDatasets(into registry: Registry) throws {
        try registry.register(
            .dataset, "mask_folders", summary: "A folder of pictures and one of masks a split",
            options: MaskFolders.Options.self
        ) { options, _ in MaskFolders(options) }
        try registry.register(
            .dataset, "mask_lists", summary: "Text files of 'picture TAB mask' lines", options: MaskLists.Options.self
        ) { options, _ in MaskLists(options) }
        try registry.register(
            .dataset, "camvid", summary: "CamVid: street scenes, 11 classes", options: CamVid.Options.self
        ) { options, _ in CamVid(options) }
        try registry.register(
            .dataset, "voc", summary: "PASCAL VOC 2012: objects, 21 or 22 classes", options: PascalVOC.Options.self
        ) { options, _ in PascalVOC(options) }
        try registry.register(
            .dataset, "ade20k", summary: "ADE20K: scenes, 150 or 151 classes", options: ADE20K.Options.self
        ) { options, _ in ADE20K(options) }
        try registry.register(
            .dataset, "cityscapes", summary: "Cityscapes: street scenes, 19 classes", options: Cityscapes.Options.self
        ) { options, _ in Cityscapes(options) }
    }

    private func registerTransforms(into registry: Registry) throws {
        try registerGeometry(into: registry)
        try registry.register(
            .transform, "color_jitter", summary: "Random brightness, contrast, saturation and hue",
            options: ColorJitter.self
        ) { transform, _ in transform }
        try registry.register(
            .transform, "gaussian_blur", summary: "Some pictures blurred", options: GaussianBlur.self
        ) { transform, _ in transform }
        try registry.register(
            .transform, "grayscale", summary: "Some pictures without colours", options: Grayscale.self
        ) { transform, _ in transform }
        try registry.register(
            .transform, "rand_augment", summary: "A few random operations of one strength (Cubuk et al. 2020)",
            options: RandAugment.self
        ) { transform, environment in try transform.adapted(to: environment) }
        try registry.register(
            .transform, "to_bgr", summary: "Channels in the order blue, green, red", options: ToBGR.self
        ) { transform, _ in transform }
    }

    private func registerGeometry(into registry: Registry) throws {
        try registry.register(
            .transform, "resize", summary: "All pictures to one size", options: Resize.self
        ) { transform, _ in transform }
        try registry.register(
            .transform, "random_scale", summary: "Pictures resized by a random factor", options: RandomScale.self
        ) { transform, _ in transform }
        try registry.register(
            .transform, "center_crop", summary: "The middle of each picture", options: CenterCrop.self
        ) { transform, _ in transform }
        try registry.register(
            .transform, "random_crop", summary: "A random part of each picture", options: RandomCrop.self
        ) { transform, environment in try transform.adapted(to: environment) }
        try registry.register(
            .transform, "random_resized_crop", summary: "A part of random area and proportions, resized",
            options: RandomResizedCrop.self
        ) { transform, _ in transform }
        try registry.register(
            .transform, "random_side_crop", summary: "A random square, resized", options: RandomSideCrop.self
        ) { transform, _ in transform }
        try registry.register(
            .transform, "pad_crop", summary: "A random part of the padded picture", options: PadCrop.self
        ) { transform, environment in try transform.adapted(to: environment) }
        try registry.register(
            .transform, "pad", summary: "Pictures padded to a size or a multiple", options: Pad.self
        ) { transform, environment in try transform.adapted(to: environment) }
        try registry.register(
            .transform, "flip", summary: "Some pictures mirrored", options: Flip.self
        ) { transform, _ in transform }
        try registry.register(
            .transform, "rotate", summary: "Pictures turned by a random angle", options: Rotate.self
        ) { transform, environment in try transform.adapted(to: environment) }
    }
}
