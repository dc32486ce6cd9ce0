import NNDatasets
import NNLayers
import Testing

@Suite struct CachedDatasetTests {
    @Test func samplesAreReadOnce() throws {
        let base = PatternDataset(count: 5)
        let cached = base.cached(.always)
        #expect(cached.count == 5 && cached.classNames == base.classNames)
        for _ in 0..<3 {
            for index in 0..<5 {
                let sample = try cached.sample(at: index)
                #expect(sample.image == .patterned(Size(height: 6, width: 5), seed: index))
                #expect(sample.target == .label(index))
            }
        }
        #expect(base.readCounts == [0: 1, 1: 1, 2: 1, 3: 1, 4: 1])
    }

    @Test func memoryIsBounded() throws {
        let base = PatternDataset(count: 10)
        // A sample has 90 bytes of pixels and 200 around them.
        let budget = MemoryBudget(byteCount: 3 * 290)
        let cached = CachedDataset(base, budget: budget)
        for _ in 0..<2 { for index in 0..<10 { _ = try cached.sample(at: index) } }
        #expect(cached.byteCount == 3 * 290)
        #expect(base.readCounts.values.count { $0 == 1 } == 3)
        #expect(base.readCounts.values.count { $0 == 2 } == 7)
        // Another split has no more.
        let other = CachedDataset(PatternDataset(count: 1), budget: budget)
        _ = try other.sample(at: 0)
        #expect(other.byteCount == 0)
    }

    @Test func neverKeepsNothing() throws {
        let base = PatternDataset(count: 1)
        let dataset = base.cached(.never)
        for _ in 0..<3 { _ = try dataset.sample(at: 0) }
        #expect(base.readCounts[0] == 3)
    }

    @Test func failuresAreNotKept() {
        struct Broken: Error {}
        let base = PatternDataset(count: 1) { _, _ in throw Broken() }
        let cached = base.cached()
        for _ in 0..<2 { #expect(throws: Broken.self) { try cached.sample(at: 0) } }
        #expect(base.readCounts[0] == 2)
    }

    @Test func policyIsWrittenAsAWordOrATruthValue() throws {
        struct Holder: ComponentOptions, Equatable {
            var cache = CachePolicy.automatic
        }
        for (node, policy) in [("auto", .automatic), (true, .always), (false, .never)] as [(ConfigNode, CachePolicy)] {
            let holder = try ConfigDecoder().decode(Holder.self, from: ["cache": node])
            #expect(holder.cache == policy)
            #expect(try ConfigEncoder().encode(holder) == ["cache": node])
        }
        let message = failure { _ = try ConfigDecoder().decode(Holder.self, from: ["cache": "perhaps"]) }
        #expect(message == "cache: expected auto, true or false")
    }
}
