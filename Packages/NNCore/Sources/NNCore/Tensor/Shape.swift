/// The lengths of a tensor's dimensions, outermost first.
///
/// Images are `[N, H, W, C]`, convolution weights `[O, I, H, W]`.
public struct Shape: Hashable, Sendable, RandomAccessCollection, ExpressibleByArrayLiteral {
    /// The length of each dimension.
    public var dimensions: [Int]

    public init(_ dimensions: [Int]) { self.dimensions = dimensions }
    public init(arrayLiteral elements: Int...) { dimensions = elements }

    public var startIndex: Int { 0 }
    public var endIndex: Int { dimensions.count }

    /// The length of a dimension; a negative index counts from the end.
    public subscript(index: Int) -> Int {
        get { dimensions[index < 0 ? index + dimensions.count : index] }
        set { dimensions[index < 0 ? index + dimensions.count : index] = newValue }
    }

    /// The number of dimensions.
    public var rank: Int { dimensions.count }

    /// The number of elements: the product of all lengths, 1 for a scalar.
    public var elementCount: Int { dimensions.reduce(1, *) }

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
            result[index] = result[index + 1] * dimensions[index + 1]
        }
        return result
    }
}

extension Shape: CustomStringConvertible {
    public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
