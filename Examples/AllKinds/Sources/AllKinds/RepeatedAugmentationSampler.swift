import NNDatasets
import NNLayers

/// Visits fewer samples in an epoch, each several times in a row, so that batches hold several augmentations of an image
/// (Hoffer et al. 2020). An epoch is as long as without.
public struct RepeatedAugmentationSampler: Sampler {
    private let count: Int
    private let repeats: Int

    /// - Parameters:
    ///   - count: The number of samples of the data set.
    ///   - repeats: How often a sample is visited in an epoch.
    public init(count: Int, repeats: Int = 3) {
        requireOptions("RepeatedAugmentationSampler") { try OptionError.check("repeats", repeats, .size) }
        require(count, .notNegative, "RepeatedAugmentationSampler: count")
        self.count = count
        self.repeats = repeats
    }

    public func order(epoch: Int, key: RandomKey) -> [Int] {
        let samples = key.derived("repeated augmentation").derived(epoch).permutation(count)
        return (0..<count).map { samples[$0 / repeats] }
    }
}

extension RepeatedAugmentationSampler {
    /// Options of ``RepeatedAugmentationSampler``.
    public struct Options: BuildableOptions {
        /// How often a sample is visited in an epoch.
        public var repeats = 3

        /// The defaults.
        public init() {}

        public func validate() throws { try check("repeats", repeats, .size) }

        public func build(_ environment: SamplerEnvironment, in registry: Registry) -> any Sampler {
            RepeatedAugmentationSampler(count: environment.dataset.count, repeats: repeats)
        }
    }
}
