import NNLayers

/// The sizes of the images of a split after their transforms.
struct SizeFacts {
    private let transforms: [any Transform]
    private let isBatched: Bool
    /// The first sample of each range of sizes, and how many have it.
    private var first: [SizeRange: (sample: Int, count: Int)] = [:]
    private var imageCount = 0
    private var filledCount = 0

    /// - Parameter isBatched: Whether all images must get one size.
    init(transforms: [any Transform], isBatched: Bool) {
        self.transforms = transforms
        self.isBatched = isBatched
    }

    mutating func add(_ facts: SampleFacts, at index: Int) {
        guard let size = facts.size else { return }
        imageCount += 1
        if transforms.fillsCrop(of: size) { filledCount += 1 }
        guard let sizes = facts.transformedSizes else { return }
        let known = first[sizes] ?? (index, 0)
        first[sizes] = (min(known.sample, index), known.count + 1)
    }

    /// The different sizes, those of the earlier samples first.
    var ranges: [SizeRange] { first.sorted { $0.value.sample < $1.value.sample }.map(\.key) }

    /// - Parameter file: The path of a sample.
    func findings(_ split: Split, file: (Int) -> String) -> [Finding] { mixture(split, file) + filled(split) }

    /// Images that cannot share a batch.
    private func mixture(_ split: Split, _ file: (Int) -> String) -> [Finding] {
        guard isBatched, let usual = ranges.first else { return [] }
        let remedy = "Add 'resize' or a crop to \(split.transformsKey), so that all images get one size"
        if let (sizes, value) = first.first(where: { !$0.key.isFixed }) {
            return [
                Finding(
                    .error, .unfitSize, split, sample: value.sample, file: file(value.sample),
                    "\(split.transformsKey) give it any size from \(sizes.smallest) to \(sizes.largest), and a batch has "
                        + "images of one size", remedy: remedy)
            ]
        }
        guard ranges.count > 1, let other = first[ranges[1]] else { return [] }
        let others = imageCount - (first[usual]?.count ?? 0)
        return [
            Finding(
                .error, .unfitSize, split, sample: other.sample, file: file(other.sample),
                "\(split.transformsKey) give it \(ranges[1].smallest) pixels and \(file(first[usual]?.sample ?? 0)) "
                    + "\(usual.smallest), so that they cannot share a batch"
                    + (others > 1 ? " (nor can \(others - 1) other images)" : ""), remedy: remedy)
        ]
    }

    /// A crop that is larger than every image trains on padding.
    private func filled(_ split: Split) -> [Finding] {
        guard split == .train, imageCount > 0, filledCount == imageCount else { return [] }
        return [
            Finding(
                .warning, .unfitSize, split, file: "train_transforms",
                "'random_crop' is larger than each of the \(imageCount) images, so that a part of each crop is empty",
                remedy: "Make the crop smaller, or enlarge the images by 'resize' or 'random_scale' before it")
        ]
    }
}
