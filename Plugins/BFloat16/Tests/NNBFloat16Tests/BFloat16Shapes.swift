import NNCore

/// A convolution with one group.
struct BFloat16Shapes: CustomStringConvertible, Sendable {
    let input: Shape
    let weight: Shape
    let geometry: ConvolutionGeometry

    init(input: Shape, weight: Shape, stride: Size = 1, dilation: Size = 1, padding: EdgeInsets = 0) {
        self.input = input
        self.weight = weight
        geometry = ConvolutionGeometry(strides: stride, dilations: dilation, padding: padding)
    }

    /// A random one with up to so many channels, and images of up to `side` pixels.
    init(_ numbers: inout BFloat16Numbers, channels: Int, side: Int) {
        var shapes: Self
        repeat {
            let inputs = 1 + numbers.below(channels)
            let weight: Shape = [1 + numbers.below(channels), inputs, 1 + numbers.below(3), 1 + numbers.below(4)]
            let padding = EdgeInsets(
                top: numbers.below(4), bottom: numbers.below(3), left: numbers.below(3), right: numbers.below(4))
            shapes = Self(
                input: [1 + numbers.below(3), 1 + numbers.below(side), 1 + numbers.below(side), inputs], weight: weight,
                stride: Size(height: 1 + numbers.below(3), width: 1 + numbers.below(3)),
                dilation: Size(height: 1 + numbers.below(3), width: 1 + numbers.below(2)), padding: padding)
        } while shapes.output[1] < 1 || shapes.output[2] < 1
        self = shapes
    }

    var output: Shape {
        let size = geometry.outputSize(
            input: Size(height: input[1], width: input[2]), kernel: Size(height: weight[2], width: weight[3]))
        return [input[0], size.height, size.width, weight[0]]
    }

    var description: String { "\(input) \(weight) \(geometry)" }
}

/// Numbers from a fixed sequence.
struct BFloat16Numbers {
    private var generator: RandomGenerator

    init(_ seed: Int) { generator = RandomGenerator(key: RandomKey(seed: 4).derived(seed)) }

    mutating func below(_ count: Int) -> Int { Int(generator.next() >> 33) % count }

    /// Numbers from -1 to 1.
    mutating func tensor(_ shape: Shape) -> Tensor {
        let values = (0..<shape.elementCount).map { _ in Float(Int64(bitPattern: generator.next()) >> 40) / 0x1p23 }
        return Tensor(values, shape: shape)
    }
}
