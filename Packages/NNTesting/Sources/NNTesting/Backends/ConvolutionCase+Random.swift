import NNCore

extension ConvolutionCase {
    /// Geometry number `index` of a fixed sequence: what nobody thought of together.
    static func random(_ index: Int) -> ConvolutionCase {
        var random = Choices(RandomGenerator(key: RandomKey(seed: 90).derived(index)))
        while true {
            let candidate = random.convolution()
            let output = candidate.outputShape
            let products = output.elementCount * candidate.weightShape[1...].reduce(1, *)
            if output[1] > 0, output[2] > 0, products < 200_000 {
                return candidate.with(index % 2 == 0 ? .float32 : .bfloat16, isGraded: index % 3 == 2)
            }
        }
    }
}

/// Draws from a sequence that does not change with the Swift version, as the standard library's own may.
private struct Choices {
    private var generator: RandomGenerator

    init(_ generator: RandomGenerator) { self.generator = generator }

    mutating func number(below count: Int) -> Int {
        Int(generator.next().multipliedFullWidth(by: UInt64(count)).high)
    }
    mutating func number(_ range: ClosedRange<Int>) -> Int { range.lowerBound + number(below: range.count) }
    mutating func happens(oneIn count: Int) -> Bool { number(below: count) == 0 }
    mutating func element(of list: [Int]) -> Int { list[number(below: list.count)] }

    mutating func convolution() -> ConvolutionCase {
        let kernel = self.kernel()
        let (stride, dilation) = (pair([1, 1, 2, 2, 3, 4]), pair([1, 1, 1, 2, 3, 4, 5, 6]))
        let (inputs, outputs, groups) = self.channels()
        var size = Size(height: number(1...12), width: number(1...12))
        if happens(oneIn: 12) { size.width = number(60...400) }
        if happens(oneIn: 16) { size.height = number(40...160) }
        return ConvolutionCase(
            size, inputs, outputs, kernel, stride: stride, dilation: dilation,
            padding: padding(
                Size(
                    height: dilation.height * (kernel.height - 1), width: dilation.width * (kernel.width - 1))),
            groups: groups, images: element(of: [0, 1, 1, 2, 2, 2, 3, 4, 5]))
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
