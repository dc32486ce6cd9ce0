import NNCore

extension ConvolutionCase {
    /// A random convolution in float32: combinations of sizes that nobody would list.
    /// - Parameter largest: The largest number of multiplications.
    static func random(using random: inout RandomChoices, largest: Int) -> ConvolutionCase {
        while true {
            let candidate = draw(&random)
            var single = candidate
            // Otherwise many cases would have no image, since those take no multiplication.
            single.images = max(candidate.images, 1)
            let output = single.outputShape
            let multiplications = output.elementCount * single.weightShape[1...].reduce(1, *)
            if output[1] > 0, output[2] > 0, multiplications <= largest { return candidate }
        }
    }

    private static func draw(_ random: inout RandomChoices) -> ConvolutionCase {
        let kernel = random.pair(of: [1, 1, 2, 3, 3, 3, 4, 5, 6, 7], unlikeOneIn: 3)
        let strides = random.pair(of: [1, 1, 1, 2, 2, 3, 4], unlikeOneIn: 4)
        let dilations = random.pair(of: [1, 1, 1, 2, 3, 4, 5, 6], unlikeOneIn: 4)
        let (inputs, outputs, groups) = channels(&random)
        let size = size(&random)
        let padding = padding(&random, size, kernel, strides, dilations)
        return ConvolutionCase(
            size, inputs, outputs, kernel, stride: strides, dilation: dilations, padding: padding, groups: groups,
            images: random.element(of: [0, 1, 1, 2, 2, 2, 3, 4, 5]))
    }

    /// Depthwise, in groups or dense; counts lie around the lengths of vectors.
    private static func channels(_ random: inout RandomChoices) -> (inputs: Int, outputs: Int, groups: Int) {
        let counts = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 24, 31, 32, 33, 48, 64, 65, 80]
        switch random.number(below: 6) {
        case 0:
            let channels = random.element(of: counts)
            return (channels, channels * random.element(of: [1, 1, 1, 2, 3]), channels)
        case 1:
            let groups = random.element(of: [2, 3, 4, 5])
            let counts = [1, 2, 3, 4, 8, 16, 17]
            return (groups * random.element(of: counts), groups * random.element(of: counts), groups)
        default: return (random.element(of: counts), random.element(of: counts), 1)
        }
    }

    /// Long rows, long columns, or both sides alike.
    private static func size(_ random: inout RandomChoices) -> Size {
        switch random.number(below: 10) {
        case 0: Size(height: random.number(1...12), width: random.number(60...1000))
        case 1: Size(height: random.number(40...500), width: random.number(1...12))
        case 2...5: Size(height: random.number(1...40), width: random.number(1...40))
        default: Size(height: random.number(1...12), width: random.number(1...12))
        }
    }

    /// None, the same on all sides, that of TensorFlow, or different ones, seldom beyond the window.
    private static func padding(
        _ random: inout RandomChoices, _ size: Size, _ kernel: Size, _ strides: Size, _ dilations: Size
    ) -> EdgeInsets {
        let reach = Size(
            height: dilations.height * (kernel.height - 1), width: dilations.width * (kernel.width - 1))
        switch random.number(below: 6) {
        case 0: return 0
        case 1, 2:
            let (rows, columns) = ((reach.height + 1) / 2, (reach.width + 1) / 2)
            return EdgeInsets(top: rows, bottom: rows, left: columns, right: columns)
        case 3: return Padding.same.insets(input: size, kernel: kernel, strides: strides, dilations: dilations)
        default:
            let extra = random.happens(oneIn: 4) ? 2 : 0
            let (rows, columns) = (0...reach.height + extra, 0...reach.width + extra)
            return EdgeInsets(
                top: random.number(rows), bottom: random.number(rows), left: random.number(columns),
                right: random.number(columns))
        }
    }
}

/// Draws from a sequence that is the same in every Swift version, unlike that of the standard library's functions.
struct RandomChoices {
    private var generator: RandomGenerator

    init(key: RandomKey) { generator = RandomGenerator(key: key) }

    mutating func number(below count: Int) -> Int {
        Int(generator.next().multipliedFullWidth(by: UInt64(count)).high)
    }
    mutating func number(_ range: ClosedRange<Int>) -> Int { range.lowerBound + number(below: range.count) }
    mutating func happens(oneIn count: Int) -> Bool { number(below: count) == 0 }
    mutating func element<Element>(of list: [Element]) -> Element { list[number(below: list.count)] }

    /// Height and width; the same number unless they are drawn apart.
    mutating func pair(of values: [Int], unlikeOneIn count: Int) -> Size {
        let height = element(of: values)
        return happens(oneIn: count) ? Size(height: height, width: element(of: values)) : Size(height)
    }

    /// The length of a side of a matrix.
    mutating func length() -> Int {
        element(of: [1, 2, 7, 15, 16, 17, 31, 32, 33, 64, 65, number(1...150)])
    }
}
