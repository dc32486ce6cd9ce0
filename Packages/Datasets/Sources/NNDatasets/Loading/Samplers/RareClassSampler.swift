import Foundation
import NNLayers

/// Shows pictures with rare classes more often (Hoyer et al. 2022, DAFormer): first draws a class, then one of the
/// pictures that contain it.
///
/// A class that has the share f of all pixels is drawn with a probability that is proportional to exp((1 - f) / T).
public struct RareClassSampler: Sampler {
    /// What a configuration may say.
    public struct Options: ComponentOptions {
        /// T: the smaller, the more rare classes are preferred.
        public var temperature = 0.01
        /// How many pixels of the class a picture must have; where none has them, one pixel is enough.
        public var minimumPixels = 3000

        public init() {}

        public func validate() throws {
            guard temperature > 0, temperature.isFinite else {
                throw OptionError("temperature", "must be above 0, not \(temperature)")
            }
            guard minimumPixels >= 1 else {
                throw OptionError("minimum_pixels", "must be 1 or more, not \(minimumPixels)")
            }
        }
    }

    private let count: Int
    /// The samples of each class that occurs.
    private let members: [[Int]]
    /// The probability that one of the classes up to each is drawn; the last is 1.
    private let sums: [Double]

    /// - Throws: ``DatasetError`` where no class occurs.
    public init(_ options: Options = Options(), labels: LabelTable, classCount: Int) throws(DatasetError) {
        count = labels.count
        let totals = labels.totals(classCount: classCount)
        let present = totals.indices.filter { totals[$0] > 0 }
        guard let rarest = present.map({ totals[$0] }).min() else { throw LabelTable.noLabels }
        let all = labels.samplesOfClasses(classCount)
        let rich = labels.samplesOfClasses(classCount, minimumCount: options.minimumPixels)
        members = present.map { rich[$0].isEmpty ? all[$0] : rich[$0] }
        // Divided by the greatest of them, which keeps the numbers from becoming infinite.
        let pixelCount = Double(totals.reduce(0, +))
        let weights = present.map { exp(Double(rarest - totals[$0]) / (pixelCount * options.temperature)) }
        let sum = weights.reduce(0, +)
        var partial = 0.0
        sums = weights.map { weight in
            partial += weight / sum
            return partial
        }
    }

    public func order(epoch: Int, key: RandomKey) -> [Int] {
        let key = key.derived("rare classes").derived(UInt64(epoch))
        return (0..<count).map { index in
            var random = RandomGenerator(key: key.derived(UInt64(index)))
            let number = random.unit()
            // Rounding may leave the last sum below 1.
            let samples = members[sums.firstIndex { number < $0 } ?? members.count - 1]
            return samples[random.index(below: samples.count)]
        }
    }
}
