import Testing

@testable import NNTraining

struct DashesTests {
    @Test func piecesGoRoundCorners() {
        let line = [Point(x: 0, y: 0), Point(x: 5, y: 0), Point(x: 5, y: 5)]
        let dashes = line.dashes(length: 3, gap: 1)
        let expected = [
            [(0, 0), (3, 0)], [(4, 0), (5, 0), (5, 2)], [(5, 3), (5, 5)],
        ]
        #expect(dashes.map { $0.map { [$0.x, $0.y] } } == expected.map { $0.map { [Double($0.0), Double($0.1)] } })
        #expect([Point]().dashes(length: 3, gap: 1).isEmpty)
    }
}
