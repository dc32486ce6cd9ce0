import NNDatasets
import NNLayers

extension Experiment {
    /// What belongs to both lists of transforms and is in one of them only, and what is random in validation.
    func preparationWarnings() throws -> [ConfigWarning] {
        guard try dataset(.train).features == nil else { return [] }
        let training = try trials(.train, config.data.trainTransforms)
        let validation = try trials(.validation, config.data.validationTransforms)
        var found = validation.filter(\.isRandom).map { trial in
            ConfigWarning(
                "data.validation_transforms.\(trial.index)",
                "'\(trial.name)' is random, so that scores depend on the seed, and predictions of the network too",
                remedy: "move it to train_transforms")
        }
        let pairs = [
            (training, validation, "train_transforms", "validation_transforms"),
            (validation, training, "validation_transforms", "train_transforms"),
        ]
        for (list, other, key, otherKey) in pairs {
            var left = other.filter(\.isPreparation).map(\.text)
            for trial in list where trial.isPreparation {
                if let match = left.firstIndex(of: trial.text) {
                    left.remove(at: match)
                    continue
                }
                found.append(
                    ConfigWarning(
                        "data.\(key).\(trial.index)",
                        "\(trial.text) changes every image in the same way and is not in \(otherKey), so that the network is "
                            + "trained on other images than it is evaluated on",
                        remedy: "add it to \(otherKey), or leave it out"))
            }
        }
        return found + interpolationWarnings() + (try sizeWarnings())
    }

    /// Images that are resized by one filter in training and by another in validation.
    private func interpolationWarnings() -> [ConfigWarning] {
        func filters(_ list: [Component<TransformEnvironment, any Transform>]) -> [String] {
            list.compactMap { $0.node["interpolation"]?.string }
        }
        let (training, validation) = (filters(config.data.trainTransforms), filters(config.data.validationTransforms))
        guard let one = training.first, let other = validation.first, Set(training).isDisjoint(with: validation)
        else { return [] }
        return [
            ConfigWarning(
                "data.validation_transforms",
                "images are resized by '\(other)' in validation and by '\(one)' in training, so that their details differ",
                remedy: "set the same 'interpolation' in both")
        ]
    }

    /// How much larger images may be in validation than in training; networks for whole images gain by a little more.
    private static let largestRatio = 1.5

    private func sizeWarnings() throws -> [ConfigWarning] {
        guard !source.task.isDense, let training = try? imageSize(.train), let validation = try? imageSize(.validation)
        else { return [] }
        let ratios = [
            Double(validation.height) / Double(training.height), Double(validation.width) / Double(training.width),
        ]
        guard ratios.contains(where: { $0 > Self.largestRatio || $0 < 1 / Self.largestRatio }) else { return [] }
        return [
            ConfigWarning(
                "data.validation_transforms",
                "images have \(validation) pixels in validation and \(training) in training, so that what they show has "
                    + "another size", remedy: "resize or crop both to similar sizes")
        ]
    }

    /// Tries the transforms of a list one after the other, on noise of the size of the first sample.
    private func trials(
        _ split: Split, _ components: [Component<TransformEnvironment, any Transform>]
    ) throws -> [TransformTrial] {
        if components.isEmpty { return [] }
        let transforms = try transforms(components)
        guard var sample = try? firstSample(of: exemplary(split), for: transforms) else { return [] }
        var random = RandomGenerator(key: RandomKey(seed: 0).derived("noise"))
        let (size, channels) = (sample.image.size, sample.image.channels)
        let noise = (0..<size.area * channels).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        sample.image = Image(size: size, channels: channels, pixels: noise)
        var trials: [TransformTrial] = []
        for (index, transform) in transforms.enumerated() {
            let text = components[index].node.flowText
            guard
                let trial = TransformTrial(
                    transform, of: sample, index: index, name: components[index].name ?? text, text: text)
            else { break }
            trials.append(trial)
            sample = trial.result
        }
        return trials
    }
}

/// What a transform does to an image, found by applying it.
private struct TransformTrial {
    let index: Int
    let name: String
    /// The transform with its options.
    let text: String
    let result: Sample
    /// Whether it gives other results for other draws.
    let isRandom: Bool
    /// Whether it changes the pixels of every image in the same way, and not what is seen of it or its size.
    let isPreparation: Bool

    private static let drawCount = 256
    /// How many pixels are transformed at most to find a rare change.
    private static let pixelBudget = 1 << 25

    /// Nil for a sample that cannot be transformed.
    init?(_ transform: any Transform, of sample: Sample, index: Int, name: String, text: String) {
        self.index = index
        self.name = name
        self.text = text
        let key = RandomKey(seed: 0).derived("trial")
        var first = RandomGenerator(key: key)
        guard let result = try? transform(sample, random: &first) else { return nil }
        self.result = result
        var unused = RandomGenerator(key: key)
        var isRandom = false
        // What draws nothing is not random; what draws may still do the same each time, as with a probability of 1.
        if first.next() != unused.next() {
            let draws = min(Self.drawCount, max(Self.pixelBudget / sample.image.size.area, 8))
            for draw in 1...draws where !isRandom {
                var random = RandomGenerator(key: key.derived(draw))
                guard let other = try? transform(sample, random: &random) else { continue }
                isRandom = !other.isSame(as: result)
            }
        }
        self.isRandom = isRandom
        isPreparation = !isRandom && result.image.size == sample.image.size && !result.isSame(as: sample)
    }
}

extension Sample {
    /// Whether image and target are, whatever the name.
    fileprivate func isSame(as other: Sample) -> Bool { image == other.image && target == other.target }
}
