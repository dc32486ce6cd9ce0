@testable import NNDatasets
import NNLayers
import Testing

@Suite struct SamplerTests {
    let key = RandomKey(seed: 3)

    @Test func sequentialKeepsTheOrder() {
        #expect(SequentialSampler(count: 50).order(epoch: 4, key: key) == Array(0..<50))
    }

    @Test func shuffleVisitsEachSampleOnce() {
        let order = ShuffleSampler(count: 50).order(epoch: 0, key: key)
        #expect(order != Array(0..<50))
        #expect(order.sorted() == Array(0..<50))
    }

    @Test func ordersArePureFunctionsOfSeedAndEpoch() throws {
        let labels = LabelTable((0..<50).map { [$0 % 7: $0 + 1] })
        let samplers: [any Sampler] = [
            ShuffleSampler(count: 50), try BalancedSampler(labels: labels, classCount: 7),
            try RareClassSampler(labels: labels, classCount: 7),
        ]
        for sampler in samplers {
            let order = sampler.order(epoch: 2, key: key)
            #expect(order.count == 50)
            #expect(sampler.order(epoch: 2, key: RandomKey(seed: 3)) == order)
            #expect(sampler.order(epoch: 3, key: key) != order)
            #expect(sampler.order(epoch: 2, key: RandomKey(seed: 4)) != order)
        }
    }

    @Test func shufflingStaysWithinFewFiles() {
        let groups = (0..<40).map { 100 * $0..<100 * ($0 + 1) }
        let sampler = ShuffleSampler(count: 4000, groups: groups, buffer: 250)
        let order = sampler.order(epoch: 1, key: key)
        #expect(order.sorted() == Array(0..<4000))
        #expect(order == sampler.order(epoch: 1, key: key) && order != sampler.order(epoch: 2, key: key))
        // The files in the order in which they are begun; a file is begun when its samples come into the buffer.
        var files: [Int] = []
        for index in order where !files.contains(index / 100) { files.append(index / 100) }
        #expect(files != files.sorted())
        // Half of the samples are drawn while the buffer's length passes, and hardly any is left after ten.
        for start in stride(from: 0, to: 3600, by: 400) {
            let read = Set(order[start..<start + 400].map { $0 / 100 })
            #expect(read.count <= 28, "\(read.count)")
        }
        let late = order.enumerated().count { position, index in
            let begun = 100 * (files.firstIndex(of: index / 100) ?? 0)
            return position > begun + 10 * 250
        }
        #expect(late < 20)
        // Neighbours are apart, and what fits into the buffer is mixed completely.
        let steps = zip(order, order.dropFirst()).count { $0 + 1 == $1 }
        #expect(steps < 80)
        let small = ShuffleSampler(count: 4000, groups: groups, buffer: 4000).order(epoch: 1, key: key)
        #expect(small == ShuffleSampler(count: 4000).order(epoch: 1, key: key))
        let single = ShuffleSampler(count: 4000, groups: groups, buffer: 1).order(epoch: 0, key: key)
        #expect(single != Array(0..<4000) && single.sorted() == Array(0..<4000))
    }

    @Test func repeatedDrawsAreCounted() {
        let draws = EpochDraws([2, 0, 2, 2, 1], sampleCount: 3)
        #expect(draws.count == 5)
        #expect(draws[0..<5].map(\.index) == [2, 0, 2, 2, 1] && draws[0..<5].map(\.repetition) == [0, 0, 1, 2, 0])
        #expect(EpochDraws([1, 0], sampleCount: 2)[1..<2].map(\.repetition) == [0])
    }

    @Test func balancedVisitsClassesEquallyOften() throws {
        // 90, 9 and 1 samples of three classes; no sample has class 3, and one has no label.
        let labels = LabelTable((0..<100).map { [$0 < 90 ? 0 : $0 < 99 ? 1 : 2: 1] } + [[:]])
        let sampler = try BalancedSampler(labels: labels, classCount: 4)
        var visits: [Int: Int] = [:]
        for epoch in 0..<30 {
            let order = sampler.order(epoch: epoch, key: key)
            #expect(order.count == 101)
            let classes = order.map { labels[$0].first?.label ?? -1 }
            for label in 0..<3 { #expect(33...34 ~= classes.count { $0 == label }) }
            // Not one class after the other, nor in turn.
            #expect(classes != classes.sorted() && Set(classes.prefix(12)).count > 1)
            for index in order { visits[index, default: 0] += 1 }
        }
        // Nearly 1010 visits of 90 samples, of 9, and of one.
        #expect((0..<90).allSatisfy { 1...28 ~= visits[$0, default: 0] })
        #expect((90..<99).allSatisfy { 70...160 ~= visits[$0, default: 0] })
        #expect(1005...1015 ~= visits[99, default: 0] && visits[100] == nil)
    }

    @Test func balancedTakesImagesOfSeveralClasses() throws {
        let labels = LabelTable([[0: 50], [0: 40, 1: 10]])
        let order = try BalancedSampler(labels: labels, classCount: 2).order(epoch: 0, key: key)
        #expect(order.contains(1))
    }

    @Test func rareClassesAreDrawnByTheirShare() throws {
        // Classes 0, 1 and 2 have 90 %, 9 % and 1 % of the pixels, class 3 has none.
        let labels = LabelTable((0..<1000).map { $0 < 900 ? [0: 100] : $0 < 990 ? [1: 100] : [2: 100] })
        let sampler = try RareClassSampler(labels: labels, classCount: 4, temperature: 0.5, minimumPixels: 1)
        var drawn = [0, 0, 0]
        for epoch in 0..<10 {
            for index in sampler.order(epoch: epoch, key: key) { drawn[labels[index].first?.label ?? 0] += 1 }
        }
        // exp(0.1 / 0.5), exp(0.91 / 0.5) and exp(0.99 / 0.5), divided by their sum: 0.084, 0.423 and 0.497.
        for (count, share) in zip(drawn, [0.0839, 0.4239, 0.4922]) {
            #expect(abs(Double(count) / 10_000 - share) < 0.02, "\(drawn)")
        }
    }

    @Test func smallTemperaturesAreNotInfinite() throws {
        let labels = LabelTable([[0: 1_000_000], [0: 999_000, 1: 1000]])
        let sampler = try RareClassSampler(labels: labels, classCount: 2, temperature: 1e-6)
        let order = sampler.order(epoch: 0, key: key)
        #expect(order == [1, 1])
    }

    @Test func rareClassesNeedEnoughPixels() throws {
        let labels = LabelTable([[0: 9000, 1: 2999], [0: 9000, 1: 3000], [0: 9000, 2: 5]])
        let sampler = try RareClassSampler(labels: labels, classCount: 3, temperature: 0.001)
        // Class 2, the rarest, is in the last alone, though with few pixels.
        #expect((0..<5).allSatisfy { sampler.order(epoch: $0, key: key) == [2, 2, 2] })
        let without = LabelTable([[0: 9000, 1: 2999], [0: 9000, 1: 3000], [0: 9000]])
        let other = try RareClassSampler(labels: without, classCount: 3, temperature: 0.001)
        #expect((0..<5).allSatisfy { other.order(epoch: $0, key: key) == [1, 1, 1] })
    }

    @Test func nothingLabelledIsRefused() {
        let labels = LabelTable([[:], [9: 4]])
        for body in [
            { _ = try BalancedSampler(labels: labels, classCount: 3) },
            { _ = try RareClassSampler(labels: labels, classCount: 3) },
        ] as [() throws -> Void] {
            #expect(failure(of: body)?.contains("no sample has a label that counts") == true)
        }
    }
}

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

    @Test func classesOfImagesAreCounted() throws {
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
