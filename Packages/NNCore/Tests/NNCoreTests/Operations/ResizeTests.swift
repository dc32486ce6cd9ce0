import NNCore
import Testing

@Suite(.onSeveralThreads) struct ResizeTests {
    static let sizes = [Size(height: 10, width: 8), Size(height: 3, width: 2), Size(height: 7, width: 11), 1, 5]

    @Test(arguments: sizes)
    func nearest(_ size: Size) {
        let x = distinctTensor([2, 5, 4, 3])
        let expected = Tensor.tabulated([2, size.height, size.width, 3]) { index in
            x.value(at: [index[0], index[1] * 5 / size.height, index[2] * 4 / size.width, index[3]])
        }
        expectClose(x.resized(to: size, method: .nearest), expected, tolerance: 0)
    }

    @Test(arguments: sizes, [true, false])
    func bilinear(_ size: Size, alignsCorners: Bool) {
        let x = distinctTensor([2, 5, 4, 3])
        func source(_ place: Int, _ input: Int, _ output: Int) -> (lower: Int, upper: Int, part: Double) {
            let place = Double(place)
            let position =
                alignsCorners
                ? (output > 1 ? place * Double(input - 1) / Double(output - 1) : 0)
                : min(max((place + 0.5) * Double(input) / Double(output) - 0.5, 0), Double(input - 1))
            return (Int(position), min(Int(position) + 1, input - 1), position - position.rounded(.down))
        }
        let expected = Tensor.tabulated([2, size.height, size.width, 3]) { index in
            let rows = source(index[1], 5, size.height)
            let columns = source(index[2], 4, size.width)
            func value(_ row: Int, _ column: Int) -> Double { Double(x.value(at: [index[0], row, column, index[3]])) }
            func along(_ row: Int) -> Double {
                value(row, columns.lower) * (1 - columns.part) + value(row, columns.upper) * columns.part
            }
            return Float(along(rows.lower) * (1 - rows.part) + along(rows.upper) * rows.part)
        }
        expectClose(x.resized(to: size, method: .bilinear(alignsCorners: alignsCorners)), expected)
    }

    @Test(arguments: [ResizeMethod.nearest, .bilinear(), .bilinear(alignsCorners: true)], sizes)
    func gradient(_ method: ResizeMethod, _ size: Size) {
        expectGradient(by: distinctTensor([1, 5, 4, 2])) { $0[0].resized(to: size, method: method) }
        expectSameInBFloat16(distinctTensor([2, 5, 4, 67])) { $0[0].resized(to: size, method: method) }
    }

    @Test func refusesWhatIsNoSize() {
        let image = TensorSpecification(shape: [1, 4, 4, 3])
        #expect(
            refusal(of: image) { _ = $0[0].resized(to: 0, method: .nearest) } == "resize: 0x0 is no size for an image")
    }
}
