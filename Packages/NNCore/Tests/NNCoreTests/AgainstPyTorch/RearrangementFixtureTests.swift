import NNCore
import Testing

@Suite(.onSeveralThreads) struct RearrangementFixtureTests {
    @Test func concatenated() throws {
        let fixture = try fixture("concatenate")
        try fixture.expect("left", "right") {
            ["output": .concatenated([$0["left"]!, $0["right"]!], axis: fixture.parameters.axis!)]
        }
    }

    @Test func split() throws {
        let fixture = try fixture("split")
        try fixture.expect("input") {
            ["output": $0["input"]!.split(sizes: fixture.parameters.sizes!, axis: fixture.parameters.axis!)[2]]
        }
    }

    @Test func padded() throws {
        let fixture = try fixture("pad")
        let widths = try #require(fixture.parameters.widths).map { (before: $0[0], after: $0[1]) }
        try fixture.expect("input") { ["output": $0["input"]!.padded(widths, value: fixture.parameters.value!)] }
    }

    @Test func transposed() throws {
        let fixture = try fixture("transpose")
        try fixture.expect("input") { ["output": $0["input"]!.transposed(fixture.parameters.permutation!)] }
    }

    @Test func slice() throws {
        let fixture = try fixture("slice")
        let range = try #require(fixture.parameters.range)
        try fixture.expect("input") {
            let output = $0["input"]!.slice(
                axis: fixture.parameters.axis!, range: range[0]..<range[1], step: fixture.parameters.step!)
            return ["output": output]
        }
    }

    @Test func gathered() throws {
        let fixture = try fixture("gather")
        let indices = try #require(fixture["indices"])
        try fixture.expect("input") {
            ["output": $0["input"]!.gathered(indices: indices, axis: fixture.parameters.axis!)]
        }
    }

    private func fixture(_ name: String) throws -> FixtureCase {
        try #require(FixtureCase.all(in: "rearrangement", name).first)
    }
}
