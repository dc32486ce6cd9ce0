/// The positions in one block of memory of buffers that are in use at different times.
struct BufferPlan {
    /// A buffer, and the steps from the first that writes it to the last that reads it.
    struct Request {
        let byteCount: Int
        let steps: ClosedRange<Int>
    }

    /// The distance in bytes from the start of the block, a multiple of 64, for each request.
    private(set) var offsets: [Int]
    /// The size of the block.
    private(set) var byteCount = 0

    /// Places the largest buffers first, each into the smallest gap between those in use at the same time (Pisarchyk
    /// and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, "greedy by size").
    init(_ requests: [Request]) {
        offsets = [Int](repeating: 0, count: requests.count)
        let order = requests.indices.sorted { (requests[$1].byteCount, $0) < (requests[$0].byteCount, $1) }
        var placed: [(range: Range<Int>, steps: ClosedRange<Int>)] = []
        for index in order {
            let request = requests[index]
            let length = (request.byteCount + 63) & ~63
            let neighbours = placed.filter { $0.steps.overlaps(request.steps) }
            let offset = Self.offset(of: length, between: neighbours.map(\.range))
            offsets[index] = offset
            placed.append((offset..<offset + length, request.steps))
            byteCount = max(byteCount, offset + length)
        }
    }

    /// The start of the smallest gap between ranges that has room; their end where none has.
    private static func offset(of length: Int, between ranges: [Range<Int>]) -> Int {
        var end = 0
        var best: (room: Int, offset: Int)?
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            let room = range.lowerBound - end
            if room >= length, room < best?.room ?? .max { best = (room, end) }
            end = max(end, range.upperBound)
        }
        return best?.offset ?? end
    }
}
