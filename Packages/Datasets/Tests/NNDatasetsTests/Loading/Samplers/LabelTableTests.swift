import NNDatasets
import NNLayers
import Testing

@Suite struct LabelTableTests {
    func masks(count: Int, broken: Set<Int> = []) -> PatternDataset {
        PatternDataset(count: count, classCount: 10, ignoreIndex: 255) { sample, index in
            if broken.contains(index) { throw ImageError(file: "\(index).png", reason: "broken", remedy: "Mend it") }
            var sample = sample
            var mask = Image(size: sample.image.size, channels: 1, filledWith: UInt8(index % 10))
            mask[0, 0] = 255
            mask[0, 1] = 4
            sample.target = .mask(mask)
            return sample
        }
    }

    @Test(arguments: [0, 1, 4])
    func labelsAreCountedOnAnyNumberOfThreads(threads: Int) throws {
        let table = try LabelTable(of: masks(count: 333), threads: threads)
        #expect(table.count == 333)
        for index in [0, 63, 64, 332] where index % 10 != 4 {
            let expected = [(index % 10, 28), (4, 1)].sorted { $0.0 < $1.0 }
            #expect(table[index].map(\.label) == expected.map(\.0) && table[index].map(\.count) == expected.map(\.1))
        }
        #expect(table[14].map(\.count) == [29])
        #expect(table.totals(classCount: 10) == [952, 952, 952, 924, 957 + 300, 924, 924, 924, 924, 924])
    }

    @Test func classesOfPicturesAreCounted() throws {
        let table = try LabelTable(of: PatternDataset(count: 5, classCount: 3))
        #expect(table.totals(classCount: 3) == [2, 2, 1])
        #expect(try LabelTable(of: PatternDataset(count: 0)).count == 0)
    }

    @Test func brokenSamplesEndItOrHaveNoLabels() throws {
        let dataset = masks(count: 300, broken: [70, 140, 299])
        for _ in 0..<5 {
            let message = failure { _ = try LabelTable(of: dataset, threads: 4) }
            #expect(message?.hasPrefix("70.png: broken") == true)
        }
        let table = try LabelTable(of: dataset, threads: 4, brokenSamples: .skip)
        #expect(table.count == 300 && table[70].isEmpty && table[299].isEmpty && table[71].count == 2)
    }
}
