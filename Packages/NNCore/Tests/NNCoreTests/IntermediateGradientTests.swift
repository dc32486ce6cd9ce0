import NNCore
import Testing

/// Gradients by results on the way from variables to a number.
@Suite struct IntermediateGradientTests {
    private let weight = Tensor([2, -1] as [Float]).requiringGradient()

    @Test func aResultOnTheWayHasTheGradientOfAVariable() throws {
        let map = weight * Tensor([3, 4] as [Float])
        let found = (map * map + map).sum().gradients(by: [map])
        #expect(try #require(found[0]).floats == [13, -7])
        // What the map was calculated from is not used up.
        #expect(map.sum().backward()[weight]?.floats == [3, 4])
    }

    @Test func variablesAndResultsAreAskedTogether() throws {
        let map = weight * 3
        // The weight also takes another way, beside the map.
        let found = (map * weight).sum().gradients(by: [map, weight])
        #expect(try #require(found[0]).floats == [2, -1])
        #expect(try #require(found[1]).floats == [6, -3])
    }

    @Test func partsOfOneOperationAreToldApart() throws {
        let parts = Tensor([1, 2, 3, 4] as [Float]).requiringGradient().split(sizes: [2, 2], axis: 0)
        let found = (parts[1] * 5).sum().gradients(by: [parts[0], parts[1]])
        #expect(found[0] == nil)
        #expect(try #require(found[1]).floats == [5, 5])
    }

    @Test func aResultThatDoesNotMatterHasNone() {
        let map = weight * 3
        #expect(weight.sum().gradients(by: [map])[0] == nil)
        #expect(Tensor([1] as [Float]).gradients(by: [map])[0] == nil)
    }

    @Test func thoseOfAVectorTakeTheGradientByIt() throws {
        let map = weight * 3
        let found = (map * 2).gradients(by: [map], gradient: Tensor([1, 10] as [Float]))
        #expect(try #require(found[0]).floats == [2, 20])
    }
}
