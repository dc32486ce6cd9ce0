import Testing

@testable import NNCore

@Suite struct BufferPlanTests {
    @Test func reusesMemoryThatIsNoLongerRead() {
        // A chain: each buffer is read by the next step only.
        let requests = (0..<6).map { BufferPlan.Request(byteCount: 640, steps: $0...$0 + 1) }
        let plan = BufferPlan(requests)
        #expect(plan.byteCount == 2 * 640)
    }

    @Test func choosesTheSmallestGap() {
        let plan = BufferPlan([
            BufferPlan.Request(byteCount: 1024, steps: 0...2), BufferPlan.Request(byteCount: 512, steps: 0...9),
            BufferPlan.Request(byteCount: 256, steps: 3...4), BufferPlan.Request(byteCount: 1, steps: 3...4),
        ])
        #expect(plan.offsets == [0, 1024, 0, 256])
        #expect(plan.byteCount == 1536)
    }

    @Test func buffersInUseAtTheSameTimeNeverOverlap() {
        var random = RandomGenerator(key: RandomKey(seed: 5))
        for _ in 0..<200 {
            let requests = (0..<Int.random(in: 1...30, using: &random)).map { _ in
                let start = Int.random(in: 0...40, using: &random)
                let end = start + Int.random(in: 0...10, using: &random)
                return BufferPlan.Request(byteCount: Int.random(in: 0...5000, using: &random), steps: start...end)
            }
            let plan = BufferPlan(requests)
            for (first, offset) in plan.offsets.enumerated() {
                #expect(offset % 64 == 0 && offset + requests[first].byteCount <= plan.byteCount)
                let range = offset..<offset + requests[first].byteCount
                for second in 0..<first where requests[first].steps.overlaps(requests[second].steps) {
                    let other = plan.offsets[second]..<plan.offsets[second] + requests[second].byteCount
                    #expect(!range.overlaps(other) || range.isEmpty || other.isEmpty)
                }
            }
        }
    }
}
