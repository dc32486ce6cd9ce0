import NNLayers
import Testing

@testable import NNDatasets

@Suite struct DatasetSubsetTests {
    private static let shapes = Shapes(size: 8, classCount: 3, count: 40, seed: 1)

    @Test func itsSamplesAreThoseOfTheWhole() throws {
        let subset = DatasetSubset(Self.shapes, indices: [7, 3, 3])
        #expect(subset.count == 3)
        #expect(subset.classNames == Self.shapes.classNames)
        for (position, index) in [7, 3, 3].enumerated() {
            #expect(try subset.sample(at: position).image == Self.shapes.sample(at: index).image)
            #expect(try subset.target(at: position) == Self.shapes.target(at: index))
            #expect(try subset.labelCounts(at: position) == Self.shapes.labelCounts(at: index))
        }
    }

    @Test func choicesFollowFromTheKey() {
        func indices(_ count: Int, _ seed: UInt64) -> [Int] {
            DatasetSubset(Self.shapes, count: count, key: RandomKey(seed: seed)).indices
        }
        #expect(indices(10, 1) == indices(10, 1))
        #expect(indices(10, 1) != indices(10, 2))
        #expect(Set(indices(10, 1)).count == 10)
        #expect(Set(indices(10, 1)).isSubset(of: indices(20, 1)))
        #expect(indices(100, 1) == Array(0..<40))
    }
}
