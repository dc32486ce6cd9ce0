import NNLayers
import Testing
import NNOptimizers

@Suite struct SavedStateTests {
    @Test func joinsAndSeparatesParts() throws {
        var state = SavedState(scalars: ["step": 3])
        state.add(SavedState(tensors: ["momentum.head.weight": .ones([2])], scalars: ["count": 1]), as: "optimizer")
        state.add(SavedState(scalars: ["count": 2]), as: "optimizer_b")
        #expect(state.tensors.keys.sorted() == ["optimizer.momentum.head.weight"])
        let part = state.part("optimizer")
        #expect(part.tensors.keys.sorted() == ["momentum.head.weight"])
        #expect(part.scalars == ["count": 1])
        #expect(state.part("missing").scalars.isEmpty)
        #expect(try state.scalar("step") == 3)
    }

    @Test func saysWhatIsMissing() {
        let error = #expect(throws: SavedStateError.self) { try SavedState().scalar("best") }
        #expect(error?.description == "the saved state has no value 'best'")
        #expect(throws: SavedStateError.self) { try SavedState(scalars: ["n": 1.5]).count("n") }
        #expect(throws: SavedStateError.self) { try SavedState(scalars: ["n": -1]).count("n") }
    }
}
