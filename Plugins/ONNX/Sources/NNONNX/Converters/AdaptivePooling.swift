import NNLayers

extension ONNXConverter {
    /// ONNX has no pooling by a number of regions. A single region is a global pooling; several are products
    /// with a matrix from each side, which is calculated from the size of the image when the file is run.
    static let adaptiveAveragePool = Self { step, graph in
        let input = step.inputs[0]
        let name = graph.name(of: input, in: ONNXValue.imageOrder)
        let size = try step.ints("size")
        if size == [1, 1] {
            return [step.result(graph.add("GlobalAveragePool", [name]), order: ONNXValue.imageOrder)]
        }
        let rows = try graph.regionWeights(size[0], of: input.shape[1], asColumns: false)
        let columns = try graph.regionWeights(size[1], of: input.shape[2], asColumns: true)
        let result = graph.add("MatMul", [rows, graph.add("MatMul", [name, columns])])
        return [step.result(result, order: ONNXValue.imageOrder)]
    }
}

extension ONNXGraph {
    /// The weights of pixels in the means of `count` regions of an axis: `[count, length]`, or `[length, count]`.
    ///
    /// The region `i` is from `floor(i · length / count)` to `ceil((i + 1) · length / count)`.
    fileprivate func regionWeights(_ count: Int, of length: TracedLength, asColumns: Bool) throws -> String {
        let operation = "adaptiveAveragePool"
        let total = try lengths([length], for: operation)
        return shared("regions \(count) \(total) \(asColumns)") {
            func numbers(_ kind: String, _ values: [Int]) -> String {
                initializer(
                    Tensor(values.map { Int64($0) }, shape: asColumns ? [1, count] : [count, 1]),
                    name: "\(kind)_of_\(count)_\(asColumns ? "columns" : "rows")")
            }
            let regions = Array(0..<count)
            let divisor = integers([count])
            let starts = add("Div", [add("Mul", [numbers("regions", regions), total]), divisor])
            let next = add("Mul", [numbers("next_regions", regions.map { $0 + 1 }), total])
            let ends = add("Div", [add("Add", [next, integers([count - 1])]), divisor])
            let scalar = add("Squeeze", [total, integers([0])])
            let positions = add("Range", [int64Scalar(0), scalar, int64Scalar(1)])
            let pixels = add("Unsqueeze", [positions, integers([asColumns ? 1 : 0])])
            let inside = add(
                "And", [add("GreaterOrEqual", [pixels, starts]), add("Less", [pixels, ends])])
            let float = ["to": ONNXAttribute.int(DataType.float32.messageType.rawValue)]
            return add(
                "Div", [add("Cast", [inside], float), add("Cast", [add("Sub", [ends, starts])], float)])
        }
    }
}
