import NNCore

/// Draws convolutions, and whatever else backends are checked by, from a sequence that does not change with the Swift
/// version, as the standard library's own may.
struct RandomChoices {
    /// The sizes of images.
    enum Extent {
        /// At most 12 by 12, but for a few long rows and columns.
        case small
        /// At most 40 by 40, and often long rows or columns.
        case large
    }

    private var generator: RandomGenerator

    init(_ key: RandomKey) { generator = RandomGenerator(key: key) }

    mutating func number() -> UInt64 { generator.next() }

    mutating func number(below count: Int) -> Int { Int(number().multipliedFullWidth(by: UInt64(count)).high) }
    mutating func number(_ range: ClosedRange<Int>) -> Int { range.lowerBound + number(below: range.count) }
    mutating func happens(oneIn count: Int) -> Bool { number(below: count) == 0 }
    mutating func element<Element>(of list: [Element]) -> Element { list[number(below: list.count)] }

    mutating func convolution(_ extent: Extent) -> ConvolutionCase {
        let kernel = self.kernel()
        let (stride, dilation) = (pair([1, 1, 2, 2, 3, 4]), pair([1, 1, 1, 2, 3, 4, 5, 6]))
        let (inputs, outputs, groups) = self.channels()
        let size = self.size(extent)
        return ConvolutionCase(
            size, inputs, outputs, kernel, stride: stride, dilation: dilation,
            padding: padding(
                Size(
                    height: dilation.height * (kernel.height - 1), width: dilation.width * (kernel.width - 1))),
            groups: groups, images: element(of: [0, 1, 1, 2, 2, 2, 3, 4, 5]))
    }

    private mutating func size(_ extent: Extent) -> Size {
        let isLarge = extent == .large
        let sides = 1...(isLarge ? 40 : 12)
        var size = Size(height: number(sides), width: number(sides))
        if happens(oneIn: isLarge ? 6 : 12) { size.width = number(isLarge ? 100...1000 : 60...400) }
        if happens(oneIn: isLarge ? 6 : 16) { size.height = number(isLarge ? 100...500 : 40...160) }
        return size
    }

    private mutating func kernel() -> Size {
        let lengths = [1, 1, 2, 3, 3, 3, 4, 5, 6, 7]
        let height = element(of: lengths)
        guard happens(oneIn: 3) else { return Size(height) }
        return Size(height: height, width: element(of: lengths))
    }

    private mutating func pair(_ values: [Int]) -> Size {
        let height = element(of: values)
        guard happens(oneIn: 4) else { return Size(height) }
        return Size(height: height, width: element(of: values))
    }

    private mutating func channels() -> (inputs: Int, outputs: Int, groups: Int) {
        let counts = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 24, 32, 33, 48, 64, 65, 80]
        switch number(below: 6) {
        case 0:
            let channels = element(of: counts)
            return (channels, channels * element(of: [1, 1, 1, 2, 3]), channels)
        case 1:
            let groups = element(of: [2, 3, 4, 5])
            return (groups * element(of: [1, 2, 3, 8, 16]), groups * element(of: [1, 2, 3, 8, 16]), groups)
        default: return (element(of: counts), element(of: counts), 1)
        }
    }

    /// None, the same on all sides, or unlike ones; seldom more than the window's reach.
    private mutating func padding(_ reach: Size) -> EdgeInsets {
        switch number(below: 5) {
        case 0: return 0
        case 1, 2:
            let (rows, columns) = ((reach.height + 1) / 2, (reach.width + 1) / 2)
            return EdgeInsets(top: rows, bottom: rows, left: columns, right: columns)
        default:
            let extra = happens(oneIn: 4) ? 2 : 0
            let (rows, columns) = (0...reach.height + extra, 0...reach.width + extra)
            return EdgeInsets(
                top: number(rows), bottom: number(rows), left: number(columns), right: number(columns))
        }
    }
}
