import NNCore

/// A 3x3 convolution of stride 1 with its gradients, in plain loops and double precision.
struct WinogradReference {
    let input: Shape
    let weight: Shape
    let padding: EdgeInsets

    var geometry: ConvolutionGeometry { ConvolutionGeometry(padding: padding) }
    var output: Shape {
        [
            input[0], input[1] + padding.top + padding.bottom - 2, input[2] + padding.left + padding.right - 2,
            weight[0],
        ]
    }

    /// `[N, OH, OW, O]`
    func convolution(_ x: [Float], _ w: [Float]) -> [Double] {
        var result = [Double](repeating: 0, count: output.elementCount)
        forEachTap { output, input, tap in
            for o in 0..<weight[0] {
                var sum = 0.0
                for i in 0..<weight[1] { sum += Double(x[input + i]) * Double(w[(o * weight[1] + i) * 9 + tap]) }
                result[output + o] += sum
            }
        }
        return result
    }

    /// `[N, H, W, C]`
    func inputGradient(_ dy: [Float], _ w: [Float]) -> [Double] {
        var result = [Double](repeating: 0, count: input.elementCount)
        forEachTap { output, input, tap in
            for o in 0..<weight[0] {
                let gradient = Double(dy[output + o])
                for i in 0..<weight[1] { result[input + i] += gradient * Double(w[(o * weight[1] + i) * 9 + tap]) }
            }
        }
        return result
    }

    /// `[O, I, 3, 3]`
    func weightGradient(_ dy: [Float], _ x: [Float]) -> [Double] {
        var result = [Double](repeating: 0, count: weight.elementCount)
        forEachTap { output, input, tap in
            for o in 0..<weight[0] {
                let gradient = Double(dy[output + o])
                for i in 0..<weight[1] { result[(o * weight[1] + i) * 9 + tap] += gradient * Double(x[input + i]) }
            }
        }
        return result
    }

    /// Calls `body` with the first element of an output's pixel, that of an input's pixel, and the tap that joins them.
    private func forEachTap(_ body: (_ output: Int, _ input: Int, _ tap: Int) -> Void) {
        let (output, input) = (output, input)
        for pixel in 0..<output[0] * output[1] * output[2] {
            let image = pixel / (output[1] * output[2])
            let (row, column) = (pixel / output[2] % output[1], pixel % output[2])
            for tap in 0..<9 {
                let y = row + tap / 3 - padding.top
                let x = column + tap % 3 - padding.left
                guard y >= 0, y < input[1], x >= 0, x < input[2] else { continue }
                body(pixel * output[3], ((image * input[1] + y) * input[2] + x) * input[3], tap)
            }
        }
    }
}

/// Numbers from a fixed sequence.
struct Numbers {
    private var generator: RandomGenerator

    init(_ seed: Int) { generator = RandomGenerator(key: RandomKey(seed: 3).derived(seed)) }

    mutating func below(_ count: Int) -> Int { Int(generator.next() >> 33) % count }

    /// Numbers from -1 to 1.
    mutating func tensor(_ shape: Shape) -> Tensor {
        let values = (0..<shape.elementCount).map { _ in Float(Int64(bitPattern: generator.next()) >> 40) / 0x1p23 }
        return Tensor(values, shape: shape)
    }
}
