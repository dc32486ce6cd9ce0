import CNNKernels

/// The lengths of a tensor's dimensions, outermost first.
///
/// Images are `[N, H, W, C]`, convolution weights `[O, I, H, W]`.
public struct Shape: Hashable, Sendable, RandomAccessCollection, ExpressibleByArrayLiteral {
    /// The length of each dimension.
    public var dimensions: [Int]

    /// A shape of these lengths, outermost first; no dimensions are a scalar.
    public init(_ dimensions: [Int]) { self.dimensions = dimensions }
    public init(arrayLiteral elements: Int...) { dimensions = elements }

    public var startIndex: Int { 0 }
    public var endIndex: Int { dimensions.count }

    /// The length of a dimension; a negative index counts from the end.
    public subscript(index: Int) -> Int {
        get { dimensions[position(of: index)] }
        set { dimensions[position(of: index)] = newValue }
    }

    private func position(of index: Int) -> Int {
        let position = index < 0 ? index + dimensions.count : index
        require(dimensions.indices.contains(position), "Shape: \(self) has no dimension \(index)")
        return position
    }

    /// The number of dimensions.
    public var rank: Int { dimensions.count }

    /// The number of elements: the product of all lengths, 1 for a scalar. It traps where it is too large to count.
    public var elementCount: Int {
        dimensions.reduce(1) { count, length in
            let (product, isOverflow) = count.multipliedReportingOverflow(by: length)
            require(!isOverflow, "Shape: \(self) has more elements than can be counted")
            return product
        }
    }

    /// The number of elements; nil where it is too large to count, or would be but for a length of 0.
    ///
    /// Ask a shape from a file for this one first: strides and sizes are then safe to calculate.
    public var checkedElementCount: Int? {
        var count = 1
        for length in dimensions where length != 0 {
            let (product, isOverflow) = count.multipliedReportingOverflow(by: length)
            guard length > 0, !isOverflow else { return nil }
            count = product
        }
        return dimensions.contains(0) ? 0 : count
    }

    /// The distance in elements between neighbours along each dimension, for dense row-major order.
    public var strides: [Int] {
        var result = [Int](repeating: 1, count: rank)
        for index in stride(from: rank - 2, through: 0, by: -1) {
            let (product, isOverflow) = result[index + 1].multipliedReportingOverflow(by: dimensions[index + 1])
            require(!isOverflow, "Shape: \(self) has more elements than can be counted")
            result[index] = product
        }
        return result
    }
}

extension TensorSpecification {
    /// Why no operation can take or make such a tensor; nil where one can.
    ///
    /// The limit of bytes is what a process can address. Sizes that follow from these, such as those of gradients in
    /// float32, and products with a stride cannot overflow then.
    var problem: String? {
        if shape.rank > Int(NN_MAXIMUM_RANK) { return "has more than \(NN_MAXIMUM_RANK) dimensions" }
        var count = dataType.byteCount
        // A length of 0 leaves strides, which must not overflow either.
        for length in shape.dimensions where length != 0 {
            if length < 0 { return "has a negative length" }
            let (product, isOverflow) = count.multipliedReportingOverflow(by: length)
            if isOverflow || product > 1 << 48 { return "is larger than any memory" }
            count = product
        }
        return nil
    }
}

extension Shape: CustomStringConvertible {
    public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
