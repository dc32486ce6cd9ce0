import NNLayers

/// Visits each class equally often: as many samples as there are, with those of rare classes repeated.
///
/// Of each class samples are drawn with replacement. A picture with a mask belongs to each class in it.
public struct BalancedSampler: Sampler {
    private let count: Int
    /// The samples of each class that occurs.
    private let members: [[Int]]

    /// - Throws: ``DatasetError`` where no class occurs.
    public init(labels: LabelTable, classCount: Int) throws(DatasetError) {
        count = labels.count
        members = labels.samplesOfClasses(classCount).filter { !$0.isEmpty }
        if members.isEmpty { throw LabelTable.noLabels }
    }

    public func order(epoch: Int, key: RandomKey) -> [Int] {
        let key = key.derived("balanced").derived(UInt64(epoch))
        // The classes in turn, from another one on in each epoch; then their places are exchanged.
        var random = RandomGenerator(key: key)
        let first = random.index(below: members.count)
        let places = key.derived("places").permutation(count)
        let draws = key.derived("draws")
        return places.map { place in
            let samples = members[(first + place) % members.count]
            var random = RandomGenerator(key: draws.derived(UInt64(place)))
            return samples[random.index(below: samples.count)]
        }
    }
}
