import NNLayers
import NNTesting
import Testing

private final class Pair: Module {
    @Child var first = Linear(inputFeatures: 3, outputFeatures: 2)
    @Child("bn") var norm = BatchNorm(channels: 2)

    init(seed: UInt64) { initialize(key: RandomKey(seed: seed)) }
}

private final class Rows: Module {
    @Child("rows") var plain = [[Linear(inputFeatures: 1, outputFeatures: 1, hasBias: false)]]
    @Child var named: [Linear]

    init() {
        let layers = [1, 2].map { Linear(inputFeatures: $0, outputFeatures: 1) }
        _named = Child(wrappedValue: layers, "block", memberNames: ["first", ""])
    }
}

@Suite struct StateDictionaryTests {
    @Test func membersOfArraysAreNumberedOrNamed() {
        #expect(
            ModuleTree(Rows()).parameters.map(\.name) == [
                "rows.0.0.weight", "block.first.weight", "block.first.bias", "block.weight", "block.bias",
            ])
    }

    @Test func listsValuesInTheOrderOfDeclaration() {
        let state = Pair(seed: 0).stateDictionary
        #expect(
            state.names == [
                "first.weight", "first.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var",
                "bn.num_batches_tracked",
            ])
        #expect(state["first.weight"]?.shape == [2, 3])
        #expect(state["first.wait"] == nil)
    }

    @Test func isASnapshot() {
        let pair = Pair(seed: 0)
        let state = pair.stateDictionary
        let before = state["first.weight"]!.floats
        pair.first.$weight.update { $0.withMutableScalars(as: Float.self) { $0[0] += 1 } }
        #expect(state["first.weight"]!.floats == before)
        #expect(pair.first.weight.floats != before)
    }

    @Test func loadsIntoANetworkOfTheSameShape() throws {
        let (one, other) = (Pair(seed: 0), Pair(seed: 1))
        one.norm.runningMean = Tensor([3, 4] as [Float])
        let report = try other.load(one.stateDictionary)
        #expect(report.loaded.count == 7 && report.isComplete)
        for entry in one.stateDictionary.entries {
            try checkEqual(other.stateDictionary[entry.name]!, entry.tensor, entry.name)
        }
    }

    @Test func convertsElementTypes() throws {
        let pair = Pair(seed: 0)
        let entries = pair.stateDictionary.entries.map {
            StateDictionary.Entry(
                name: $0.name, tensor: $0.tensor.cast(to: $0.tensor.dataType.isFloatingPoint ? .bfloat16 : .int32))
        }
        try Pair(seed: 1).load(StateDictionary(entries))
    }

    @Test func refusesWhatDoesNotFitAndChangesNothing() throws {
        let pair = Pair(seed: 0)
        let before = pair.stateDictionary
        let entries = Pair(seed: 1).stateDictionary.entries.compactMap { entry -> StateDictionary.Entry? in
            switch entry.name {
            case "first.weight": .init(name: "frist.weight", tensor: entry.tensor)
            case "first.bias": .init(name: entry.name, tensor: .zeros([5]))
            default: entry
            }
        }
        let error = #expect(throws: StateDictionaryMismatch.self) { try pair.load(StateDictionary(entries)) }
        let text = try #require(error).description
        #expect(text.contains("first.weight [2, 3]; is it 'frist.weight'?"))
        #expect(text.contains("frist.weight [2, 3]"))
        #expect(text.contains("first.bias: the network has [2], the file [5]"))
        for entry in before.entries { try checkEqual(pair.stateDictionary[entry.name]!, entry.tensor) }
    }

    @Test func takesWhatFitsWhereToldTo() throws {
        let (pair, other) = (Pair(seed: 0), Pair(seed: 1))
        let state = other.stateDictionary.renamed { $0 == "first.bias" ? nil : $0 }
        let report = try pair.load(state, strict: false)
        #expect(report.missing.map(\.name) == ["first.bias"])
        #expect(report.unexpected.isEmpty && report.mismatched.isEmpty && report.loaded.count == 6)
        try checkEqual(pair.first.weight, other.first.weight)
    }

    @Test func toleratesFilesWithoutBatchCounts() throws {
        let state = Pair(seed: 1).stateDictionary.renamed { $0.hasSuffix("num_batches_tracked") ? nil : $0 }
        #expect(try Pair(seed: 0).load(state).isComplete)
    }

    @Test func longReportsAreCut() throws {
        let state = StateDictionary((0..<40).map { .init(name: "extra.\($0)", tensor: .zeros([1])) })
        let report = try Pair(seed: 0).load(state, strict: false)
        #expect(report.description.contains("(40):"))
        #expect(report.description.contains("... and 30 more"))
    }

    @Test func aLaterValueReplacesAnEarlierOneOfItsName() {
        let state = StateDictionary([
            .init(name: "a", tensor: .zeros([1])), .init(name: "b", tensor: .zeros([1])),
            .init(name: "a", tensor: .ones([2])),
        ])
        #expect(state.names == ["a", "b"])
        #expect(state["a"]?.shape == [2])
    }
}
