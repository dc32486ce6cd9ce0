import NNCore
import Testing

@Suite(.onSeveralThreads) struct ImageFixtureTests {
    @Test(arguments: try FixtureCase.all(in: "pool", "max_pool"))
    func maxPooled(_ fixture: FixtureCase) throws {
        let parameters = fixture.parameters
        try fixture.expect("input") { inputs in
            let (output, indices) = inputs["input"]!.maxPooledWithIndices(
                kernel: Size(parameters.kernel)!, strides: Size(parameters.strides),
                padding: EdgeInsets(parameters.padding)!,
                dilations: Size(parameters.dilations)!, ceilMode: parameters.ceilMode!)
            return ["output": output, "indices": indices]
        }
    }

    @Test(arguments: try FixtureCase.all(in: "pool", "max_unpool"))
    func maxUnpooled(_ fixture: FixtureCase) throws {
        let indices = try #require(fixture["indices"])
        try fixture.expect("values") { inputs in
            let output = inputs["values"]!.maxUnpooled(
                indices: indices, outputSize: Size(fixture.parameters.outputSize)!)
            return ["output": output]
        }
    }

    @Test(arguments: try FixtureCase.all(in: "pool", "average_pool"))
    func averagePooled(_ fixture: FixtureCase) throws {
        let parameters = fixture.parameters
        try fixture.expect("input") { inputs in
            let output = inputs["input"]!.averagePooled(
                kernel: Size(parameters.kernel)!, strides: Size(parameters.strides),
                padding: EdgeInsets(parameters.padding)!,
                countsPadding: parameters.countsPadding!, ceilMode: parameters.ceilMode!)
            return ["output": output]
        }
    }

    @Test(arguments: try FixtureCase.all(in: "pool", "global_average_pool"))
    func globalAveragePooled(_ fixture: FixtureCase) throws {
        try fixture.expect("input") { ["output": $0["input"]!.globalAveragePooled()] }
    }

    @Test(arguments: try FixtureCase.all(in: "resize"))
    func resized(_ fixture: FixtureCase) throws {
        let parameters = fixture.parameters
        let method: ResizeMethod =
            parameters.method == "nearest" ? .nearest : .bilinear(alignsCorners: parameters.alignsCorners!)
        try fixture.expect("input") {
            ["output": $0["input"]!.resized(to: Size(parameters.size)!, method: method)]
        }
    }
}
