import NNLayers

/// Divides the samples of a data set into training, validation and test samples, or into folds, so that each part has
/// the same share of each class.
///
/// ```swift
/// let all = try ClassFolders(path: "data/birds")
/// let split = try StratifiedSplit(of: all, validation: 0.2, test: 0.1)
/// let train = DatasetSubset(all, indices: split.train)
/// ```
///
/// The parts are a pure function of the samples, in their order, and the seed. The share of a class is rounded to whole
/// samples, of which validation gets at least one, training another, and the test the next one. Samples with several
/// labels are divided by the combination of these, and numbers at random.
public struct StratifiedSplit: Hashable, Sendable {
    /// The indices of the training samples, in ascending order.
    public let train: [Int]
    /// The indices of the validation samples.
    public let validation: [Int]
    /// The indices of the test samples.
    public let test: [Int]

    /// Divides samples by fractions; what is left is for training.
    /// - Parameters:
    ///   - dataset: The samples.
    ///   - validation: The fraction of validation samples, 0 by default.
    ///   - test: The fraction of test samples, 0 by default; the sum must be less than 1.
    ///   - stratified: Whether parts have the same share of each class, the default. False divides at random, without
    ///     reading masks.
    ///   - seed: The seed of the choice, 0 by default.
    /// - Throws: ``DatasetError`` for a class of which no sample is left for validation, and ``ImageError`` for a mask
    ///   that cannot be read.
    public init(
        of dataset: any Dataset, validation: Double = 0, test: Double = 0, stratified: Bool = true, seed: UInt64 = 0
    ) throws {
        requireOptions("StratifiedSplit") { try Self.check(validation: validation, test: test) }
        let strata = try Strata(of: dataset, stratified: stratified, seed: seed)
        let parts = strata.divided(validation: validation, test: test)
        if validation > 0 { try strata.checkValidation(parts.validation, of: dataset) }
        (train, self.validation, self.test) = (parts.train.sorted(), parts.validation.sorted(), parts.test.sorted())
    }

    /// Divides samples into folds, of which one is for validation and the others are for training.
    /// - Parameters:
    ///   - dataset: The samples.
    ///   - fold: The fold for validation, from 1 to `folds`.
    ///   - folds: The number of folds, 2 or more.
    ///   - test: The fraction of test samples, which are in no fold, 0 by default.
    ///   - stratified: Whether folds have the same share of each class, the default. False divides at random, without
    ///     reading masks.
    ///   - seed: The seed of the folds, 0 by default.
    /// - Throws: ``DatasetError`` for a class with fewer samples than folds, and ``ImageError`` for a mask that cannot be
    ///   read.
    public init(
        of dataset: any Dataset, fold: Int, of folds: Int, test: Double = 0, stratified: Bool = true, seed: UInt64 = 0
    ) throws {
        requireOptions("StratifiedSplit") {
            try Self.check(folds: folds, fold: fold)
            try Self.check(validation: 0, test: test)
        }
        var strata = try Strata(of: dataset, stratified: stratified, seed: seed)
        self.test = strata.divided(validation: 0, test: test).test.sorted()
        strata.remove(Set(self.test))
        let parts = try strata.folds(folds, of: dataset)
        validation = parts[fold - 1].sorted()
        train = parts.indices.filter { $0 != fold - 1 }.flatMap { parts[$0] }.sorted()
    }

    /// The indices of the samples of a split.
    public subscript(split: Split) -> [Int] { split.choice(train: train, validation: validation, test: test) }

    /// Refuses fractions that are negative or leave nothing for training.
    @_spi(Internal) public static func check(validation: Double, test: Double) throws(OptionError) {
        for (name, value) in [("validation", validation), ("test", test)] where !(value >= 0 && value < 1) {
            throw OptionError(name, "must be a fraction from 0 to below 1, not \(value)")
        }
        if validation + test >= 1 {
            throw OptionError("test", "leaves nothing for training: the fractions must add up to less than 1")
        }
    }

    /// Refuses a number of folds below 2, and a fold that is none of them.
    @_spi(Internal) public static func check(folds: Int, fold: Int?) throws(OptionError) {
        if folds < 2 {
            throw OptionError(
                "folds", "must be 2 or more, not \(folds): each fold is validated by a network trained on the others")
        }
        if folds > 1000 { throw OptionError("folds", "must be at most 1000, not \(folds)") }
        if let fold, !(1...folds ~= fold) { throw OptionError("fold", "must be from 1 to \(folds), not \(fold)") }
    }
}

/// Samples with the same labels, each group in a random order.
private struct Strata {
    private struct Group {
        /// The classes that the samples have; empty for samples of any kind.
        let labels: [Int]
        var indices: [Int]
    }

    private var groups: [Group]
    /// Whether a group has all samples of a class, or all of the data set.
    private let areWhole: Bool

    init(of dataset: any Dataset, stratified: Bool, seed: UInt64) throws {
        let key = RandomKey(seed: seed).derived("split")
        guard stratified, dataset.labelKind != .values else {
            groups = [Group(labels: [], indices: key.permutation(dataset.count))]
            areWhole = true
            return
        }
        var samples: [[Int]: [Int]] = [:]
        for index in 0..<dataset.count {
            samples[try dataset.labelCounts(at: index).keys.sorted(), default: []].append(index)
        }
        areWhole = dataset.labelKind == .classes && samples.keys.allSatisfy { $0.count <= 1 }
        groups = samples.keys.sorted { $0.lexicographicallyPrecedes($1) }
            .map { labels in
                let indices = samples[labels] ?? []
                let order = labels.reduce(key) { $0.derived($1) }.permutation(indices.count)
                return Group(labels: labels, indices: order.map { indices[$0] })
            }
    }

    mutating func remove(_ removed: Set<Int>) {
        for index in groups.indices { groups[index].indices.removeAll(where: removed.contains) }
    }

    func divided(validation: Double, test: Double) -> (train: [Int], validation: [Int], test: [Int]) {
        var parts: (train: [Int], validation: [Int], test: [Int]) = ([], [], [])
        if areWhole {
            for group in groups {
                let counts = Self.counts(of: group.indices.count, validation: validation, test: test)
                parts.test += group.indices.prefix(counts.test)
                parts.validation += group.indices.dropFirst(counts.test).prefix(counts.validation)
                parts.train += group.indices.dropFirst(counts.test + counts.validation)
            }
            return parts
        }
        // Most combinations of labels have few samples: each sample goes to the part that lacks most.
        for (index, sample) in groups.flatMap(\.indices).enumerated() {
            let total = Double(index + 1)
            let lacks: [Double] = [
                total * (1 - validation - test) - Double(parts.train.count),
                total * validation - Double(parts.validation.count), total * test - Double(parts.test.count),
            ]
            if lacks[2] > max(lacks[0], lacks[1]) {
                parts.test.append(sample)
            } else if lacks[1] > lacks[0] {
                parts.validation.append(sample)
            } else {
                parts.train.append(sample)
            }
        }
        return parts
    }

    /// How many samples of a group are for validation and test, where training keeps one.
    private static func counts(of count: Int, validation: Double, test: Double) -> (validation: Int, test: Int) {
        func share(_ fraction: Double) -> Int {
            fraction > 0 ? max(Int((Double(count) * fraction).rounded()), 1) : 0
        }
        var (validation, test) = (share(validation), share(test))
        while validation + test >= max(count, 1), validation + test > 0 {
            if test >= validation { test -= 1 } else { validation -= 1 }
        }
        return (validation, test)
    }

    /// Refuses classes without validation samples.
    func checkValidation(_ chosen: [Int], of dataset: any Dataset) throws(DatasetError) {
        if chosen.isEmpty {
            throw DatasetError(
                place: "split", reason: "of \(dataset.count.samples) none is left for validation",
                remedy: "Add samples, or train without validation: 'validation: false'")
        }
        guard areWhole else { return }
        let chosen = Set(chosen)
        let lacking = groups.filter { !$0.labels.isEmpty && $0.indices.allSatisfy { !chosen.contains($0) } }
        guard let first = lacking.first else { return }
        throw refusal(lacking.count, first, of: dataset, "so that none is left for validation")
    }

    /// Deals the samples of each group, one to each fold in turn.
    func folds(_ count: Int, of dataset: any Dataset) throws(DatasetError) -> [[Int]] {
        let total = groups.reduce(0) { $0 + $1.indices.count }
        if total < count {
            throw DatasetError(
                place: "folds", reason: "there are \(total.samples) for \(count) folds",
                remedy: "Set 'folds' to \(max(total, 2)) or less")
        }
        let small = groups.filter { areWhole && !$0.labels.isEmpty && $0.indices.count < count }
        if let first = small.min(by: { $0.indices.count < $1.indices.count }) {
            throw refusal(small.count, first, of: dataset, "fewer than the \(count) folds", folds: true)
        }
        var folds = [[Int]](repeating: [], count: count)
        for (index, sample) in groups.flatMap(\.indices).enumerated() { folds[index % count].append(sample) }
        return folds
    }

    /// The error of the first of some classes with too few samples.
    private func refusal(
        _ count: Int, _ group: Group, of dataset: any Dataset, _ problem: String, folds: Bool = false
    ) -> DatasetError {
        let label = group.labels[0]
        let name = dataset.classNames.indices.contains(label) ? dataset.classNames[label] : "\(label)"
        let others =
            count > 1 ? "; \(count - 1) other \(count == 2 ? "class has" : "classes have") too few as well" : ""
        let size = group.indices.count
        return DatasetError(
            place: "class '\(name)'", reason: "it has \(size.samples), \(problem)\(others)",
            remedy: folds && size > 1
                ? "Set 'folds' to \(size) or less, add samples, or leave the class out"
                : "Add samples, leave the class out, or train without validation: 'validation: false'")
    }
}

extension Int {
    fileprivate var samples: String { self == 1 ? "1 sample" : "\(self) samples" }
}
