extension Tensor {
    /// A one-dimensional tensor of the elements of a sequence, such as `stride(from: Int32(0), to: 10, by: 2)`.
    public init<Scalar: TensorScalar>(_ elements: some Sequence<Scalar>) { self.init(Array(elements)) }

    /// The whole numbers `start`, `start + step`, ... before `end`, as Swift's `stride(from:to:by:)` gives them:
    /// none if the step leads away from `end`.
    ///
    /// Literals with a point select the other function, which gives float32: `arange(from: 0, to: 1, by: 0.25)`.
    /// - Parameter dataType: An integer type must hold every number; bfloat16 and float32 round them.
    public static func arange(
        from start: Int = 0, to end: Int, by step: Int = 1, dataType: DataType = .int64
    ) -> Tensor {
        require(step != 0, "arange: a step of 0 from \(start) to \(end)")
        let distance = end.subtractingReportingOverflow(start)
        require(!distance.overflow, "arange: the distance from \(start) to \(end) is too large to count")
        let isEmpty = step > 0 ? start >= end : start <= end
        // The magnitude, since that of the least number is not one of `Int`.
        let count = isEmpty ? 0 : (distance.partialValue.magnitude - 1) / step.magnitude + 1
        require(
            count <= 1 << 48, "arange: \(count) numbers from \(start) to \(end) by \(step) are larger than any memory")
        guard !dataType.isFloatingPoint else {
            return tabulated(Int(count), dataType) { Float(start + $0 * step) }
        }
        var values = Tensor(uninitialized: [Int(count)], dataType: .int64)
        values.withMutableScalars(as: Int64.self) { values in
            for index in values.indices { values[index] = Int64(start + index * step) }
        }
        let bounds: ClosedRange<Int> =
            switch dataType {
            case .int32: Int(Int32.min)...Int(Int32.max)
            case .uint8: 0...255
            default: .min ... .max
            }
        for number in count > 0 ? [start, start + (Int(count) - 1) * step] : [] {
            require(bounds.contains(number), "arange: \(number) is not a value of \(dataType)")
        }
        return values.cast(to: dataType)
    }

    /// The numbers `start`, `start + step`, ... before `end`: none if the step leads away from `end`.
    ///
    /// Calculated in double precision. Their count is `(end - start) / step`, rounded up, which rounding errors can
    /// change; ``linspace(from:to:count:dataType:)`` takes it as an argument.
    /// - Parameter dataType: float32 or bfloat16.
    public static func arange<Number: BinaryFloatingPoint>(
        from start: Number = 0, to end: Number, by step: Number = 1, dataType: DataType = .float32
    ) -> Tensor {
        let (first, last, distance) = (Double(start), Double(end), Double(step))
        requireFloats(dataType, of: "arange")
        for (name, number) in [("start", first), ("end", last), ("step", distance)] {
            require(number, .finite, "arange: \(name)")
        }
        require(distance != 0, "arange: a step of 0 from \(start) to \(end)")
        let count = Swift.max(((last - first) / distance).rounded(.up), 0)
        require(
            count <= 0x1p48, "arange: \(count) numbers from \(start) to \(end) by \(step) are larger than any memory")
        return tabulated(Int(count), dataType) { Float(first + Double($0) * distance) }
    }

    /// `count` numbers at equal distances, the first of which is `start` and the last `end`: `[count]`.
    ///
    /// Calculated in double precision, the second half from the end. Of one number it is `start`.
    /// - Parameter dataType: float32 or bfloat16.
    public static func linspace<Number: BinaryFloatingPoint>(
        from start: Number, to end: Number, count: Int, dataType: DataType = .float32
    ) -> Tensor {
        requireFloats(dataType, of: "linspace")
        require(count, .notNegative, "linspace: count")
        let (first, last) = (Double(start), Double(end))
        require(first, .finite, "linspace: start")
        require(last, .finite, "linspace: end")
        let step = count > 1 ? (last - first) / Double(count - 1) : 0
        return tabulated(count, dataType) { index in
            index < (count + 1) / 2
                ? Float(first + Double(index) * step) : Float(last - Double(count - 1 - index) * step)
        }
    }

    /// The coordinates of the points of a grid: of vectors `[A]` and `[B]`, two tensors `[A, B]` of which the first
    /// changes along the first axis, and the second along the second.
    ///
    /// As PyTorch's `meshgrid` with `indexing="ij"`, for any number of vectors.
    public static func meshgrid(_ vectors: Tensor...) -> [Tensor] {
        if let other = vectors.firstIndex(where: { $0.rank != 1 }) {
            let reason = "input \(other) is \(vectors[other].shape), not a vector"
            let refused = Refused(name: "meshgrid", reason: reason).apply(to: vectors)
            return vectors.indices.map { refused[Swift.min($0, refused.count - 1)] }
        }
        let shape = Shape(vectors.map { $0.shape[0] })
        return vectors.enumerated().map { axis, vector in
            var lengths = [Int](repeating: 1, count: vectors.count)
            lengths[axis] = shape[axis]
            return vector.reshaped(Shape(lengths)).broadcast(to: shape)
        }
    }

    private static func tabulated(_ count: Int, _ dataType: DataType, _ value: (Int) -> Float) -> Tensor {
        var result = Tensor(uninitialized: [count])
        result.withMutableScalars(as: Float.self) { values in
            for index in values.indices { values[index] = value(index) }
        }
        return result.cast(to: dataType)
    }

    private static func requireFloats(_ dataType: DataType, of operation: String) {
        require(dataType.isFloatingPoint, "\(operation): makes float32 or bfloat16, not \(dataType)")
    }
}
