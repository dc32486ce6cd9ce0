import NNLayers
import Testing

@_spi(Internal) @testable import NNDatasets

@Suite struct StratifiedSplitTests {
    /// Samples with some labels each, without images.
    private struct Labels: Dataset {
        let labels: [[Int]]
        var classNames = ["ant", "bee", "cow"]
        var labelKind = LabelKind.classes

        var count: Int { labels.count }
        func labelCounts(at index: Int) -> [Int: Int] {
            Dictionary(uniqueKeysWithValues: labels[index].map { ($0, 1) })
        }
        func sample(at index: Int) throws -> Sample { throw DatasetError(place: "", reason: "none", remedy: "") }
    }

    /// So many samples of each class, mixed.
    private func classes(_ counts: [Int]) -> Labels {
        let labels = counts.enumerated().flatMap { label, count in Array(repeating: [label], count: count) }
        return Labels(labels: RandomKey(seed: 9).permutation(labels.count).map { labels[$0] })
    }

    private func counts(_ indices: [Int], of data: Labels) -> [Int] {
        data.classNames.indices.map { label in indices.count { data.labels[$0] == [label] } }
    }

    @Test func partsHaveTheSameSharesOfEachClass() throws {
        let data = classes([100, 50, 7])
        let split = try StratifiedSplit(of: data, validation: 0.2, test: 0.1)
        #expect(counts(split.validation, of: data) == [20, 10, 1])
        #expect(counts(split.test, of: data) == [10, 5, 1])
        #expect(counts(split.train, of: data) == [70, 35, 5])
        #expect((split.train + split.validation + split.test).sorted() == Array(0..<157))
        #expect(split[.validation] == split.validation && split.validation.sorted() == split.validation)
    }

    @Test func theChoiceIsAFunctionOfTheSeed() throws {
        let data = classes([40, 40, 40])
        func validation(_ seed: UInt64) throws -> [Int] {
            try StratifiedSplit(of: data, validation: 0.25, seed: seed).validation
        }
        #expect(try validation(1) == validation(1))
        #expect(try validation(1) != validation(2))
        // Who adds validation later keeps the test samples.
        let test = try StratifiedSplit(of: data, test: 0.1).test
        #expect(try StratifiedSplit(of: data, validation: 0.3, test: 0.1).test == test)
    }

    @Test(arguments: [(2, [1, 1, 0]), (3, [1, 1, 1]), (4, [2, 1, 1]), (20, [14, 4, 2])])
    func smallClassesAreInEachPartWherePossible(_ count: Int, _ expected: [Int]) throws {
        let data = classes([count, 30, 30])
        let split = try StratifiedSplit(of: data, validation: 0.2, test: 0.1)
        #expect([split.train, split.validation, split.test].map { counts($0, of: data)[0] } == expected)
    }

    @Test func classesWithoutValidationAreRefused() {
        let error = #expect(throws: DatasetError.self) {
            try StratifiedSplit(of: classes([9, 1, 1]), validation: 0.2)
        }
        #expect(
            error?.description.hasPrefix(
                "class 'bee': it has 1 sample, so that none is left for validation; 1 other class has too few as well.")
                == true)
        #expect(throws: DatasetError.self) {
            try StratifiedSplit(of: classes([1, 0, 0]), validation: 0.5, stratified: false)
        }
        #expect(throws: Never.self) { try StratifiedSplit(of: classes([9, 1, 1]), test: 0.2) }
    }

    @Test func combinationsOfLabelsAreShared() throws {
        let combinations: [[Int]] = [[], [0], [0, 1], [1, 2], [0, 1, 2]]
        let data = Labels(labels: (0..<100).map { combinations[$0 % 5] }, labelKind: .flags)
        let split = try StratifiedSplit(of: data, validation: 0.2, test: 0.1)
        for labels in combinations {
            #expect(split.validation.count { data.labels[$0] == labels } == 4)
            #expect(split.test.count { data.labels[$0] == labels } == 2)
        }
        // Each occurs once.
        let rare = Labels(labels: (0..<10).map { [$0] }, labelKind: .flags)
        #expect(try StratifiedSplit(of: rare, validation: 0.2).validation.count == 2)
    }

    @Test func numbersAreDividedAtRandom() throws {
        let data = Labels(labels: Array(repeating: [], count: 50), labelKind: .values)
        let split = try StratifiedSplit(of: data, validation: 0.2, test: 0.1)
        #expect([split.train.count, split.validation.count, split.test.count] == [35, 10, 5])
        #expect(split.validation != Array(0..<10))
    }

    @Test func foldsAreAPartition() throws {
        let data = classes([50, 26, 5])
        let folds = try (1...5).map { try StratifiedSplit(of: data, fold: $0, of: 5, test: 0) }
        #expect(folds.flatMap(\.validation).sorted() == Array(0..<81))
        for fold in folds {
            #expect((fold.train + fold.validation).sorted() == Array(0..<81))
            let found = counts(fold.validation, of: data)
            #expect(found[0] == 10 && 5...6 ~= found[1] && found[2] == 1)
            #expect(16...17 ~= fold.validation.count)
        }
    }

    @Test func testSamplesAreInNoFold() throws {
        let data = classes([50, 30, 10])
        let folds = try (1...3).map { try StratifiedSplit(of: data, fold: $0, of: 3, test: 0.2, seed: 4) }
        #expect(counts(folds[0].test, of: data) == [10, 6, 2])
        #expect(Set(folds.map(\.test)).count == 1)
        #expect((folds.flatMap(\.validation) + folds[0].test).sorted() == Array(0..<90))
    }

    @Test func classesWithFewerSamplesThanFoldsAreRefused() throws {
        let error = #expect(throws: DatasetError.self) {
            try StratifiedSplit(of: classes([9, 3, 4]), fold: 1, of: 5)
        }
        #expect(error?.description.hasPrefix("class 'bee': it has 3 samples, fewer than the 5 folds;") == true)
        #expect(error?.remedy.hasPrefix("Set 'folds' to 3 or less") == true)
        #expect(throws: DatasetError.self) {
            try StratifiedSplit(of: classes([3, 0, 0]), fold: 1, of: 4, stratified: false)
        }
    }

    @Test func fractionsAndFoldsThatMakeNoSenseAreRefused() {
        #expect(throws: OptionError.self) { try StratifiedSplit.check(validation: 0.6, test: 0.4) }
        #expect(throws: OptionError.self) { try StratifiedSplit.check(validation: -0.1, test: 0) }
        #expect(throws: OptionError.self) { try StratifiedSplit.check(validation: .nan, test: 0) }
        #expect(throws: OptionError.self) { try StratifiedSplit.check(folds: 1, fold: nil) }
        #expect(throws: OptionError.self) { try StratifiedSplit.check(folds: 5, fold: 0) }
        #expect(throws: Never.self) { try StratifiedSplit.check(folds: 5, fold: 5) }
    }
}
