import NNDatasets
import NNLayers

extension ImageSupport {
    /// Refuses a transform that does not take the images of a data set.
    /// - Throws: `ConfigError` at the transform.
    func check(
        _ reader: ImageReader, of component: Component<TransformEnvironment, any Transform>
    ) throws(ConfigError) {
        guard let problem = problem(channels: reader.channels, hasFloats: reader.bits == 16) else { return }
        throw ConfigError(
            "'\(component.name ?? "")' takes \(problem.taken), and the data set has \(problem.found)",
            remedy: "remove the transform, or \(problem.remedy)", at: component.node)
    }
}

extension Normalization {
    /// Refuses a normalization of another number of channels than the images of a data set have.
    /// - Throws: `ConfigError` at its mean.
    func check(_ reader: ImageReader) throws(ConfigError) {
        guard channels != reader.channels else { return }
        throw ConfigError(
            "'mean' has \(channels) number\(channels == 1 ? "" : "s"), and the images of the data set have "
                + "\(reader.channels) channel\(reader.channels == 1 ? "" : "s")",
            remedy: "write a mean and a standard deviation for each; 'nn data stats' calculates them",
            keyPath: "data.normalize.mean")
    }
}

extension ConfigNode {
    /// The configuration of a run that was trained before the EXIF orientation was applied, with this written down: its
    /// network knows images as they are stored. Newer runs have the key.
    func withOrientationOfOldRun() -> ConfigNode {
        guard let dataset = self["data"]?["dataset"], let type = dataset["type"]?.string,
            Self.setsOfImageFiles.contains(type), dataset["orientation"] == nil
        else { return self }
        return setting(["data", "dataset", "orientation"], to: .string(OrientationPolicy.ignore.rawValue))
    }

    /// The configuration of a run that was trained before images were decoded at a fraction of their size, with this
    /// written down, so that its scores and predictions stay what they were. Newer runs have the key.
    func withDecodingOfOldRun() -> ConfigNode {
        guard self["data"]?["dataset"]?.isOfOldDecoding == true else { return self }
        return setting(["data", "dataset", "decoding"], to: .string(DecodingPolicy.full.rawValue))
    }

    /// The options of a run's data set, with the decoding that there was before they had it.
    func withDecodingOfOldDataset() -> ConfigNode {
        isOfOldDecoding ? setting(["decoding"], to: .string(DecodingPolicy.full.rawValue)) : self
    }

    private var isOfOldDecoding: Bool {
        guard let type = self["type"]?.string else { return false }
        return Self.setsOfWholeImages.contains(type) && self["decoding"] == nil
    }

    /// The data sets that had no option `decoding` before.
    private static let setsOfWholeImages: Set<String> = ["class_folders", "map_file", "table"]

    /// The data sets that had no option `orientation` before.
    private static let setsOfImageFiles: Set<String> = [
        "class_folders", "map_file", "table", "mask_folders", "mask_lists", "camvid", "voc", "ade20k", "cityscapes",
    ]
}
