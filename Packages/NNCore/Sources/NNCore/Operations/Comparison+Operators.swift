// The comparisons in the spelling of SIMD vectors in Swift's standard library. Results are masks: uint8, 1 or 0.
extension Tensor {
    /// 1 where the elements of both tensors are equal, else 0: uint8, with broadcasting and promotion.
    public static func .== (left: Tensor, right: Tensor) -> Tensor { left.isEqual(to: right) }
    /// 1 where an element is equal to a number, else 0: uint8.
    public static func .== (left: Tensor, right: Float) -> Tensor { left.isEqual(to: right) }
    /// 1 where a number is equal to an element, else 0: uint8.
    public static func .== (left: Float, right: Tensor) -> Tensor { right.isEqual(to: left) }
    /// 1 where an element is equal to a whole number, else 0: uint8.
    public static func .== (left: Tensor, right: Int) -> Tensor { left.isEqual(to: right) }
    /// 1 where a whole number is equal to an element, else 0: uint8.
    public static func .== (left: Int, right: Tensor) -> Tensor { right.isEqual(to: left) }

    /// 1 where the elements of both tensors differ, else 0: uint8, with broadcasting and promotion.
    public static func .!= (left: Tensor, right: Tensor) -> Tensor { left.isNotEqual(to: right) }
    /// 1 where an element differs from a number, else 0: uint8.
    public static func .!= (left: Tensor, right: Float) -> Tensor { left.isNotEqual(to: right) }
    /// 1 where a number differs from an element, else 0: uint8.
    public static func .!= (left: Float, right: Tensor) -> Tensor { right.isNotEqual(to: left) }
    /// 1 where an element differs from a whole number, else 0: uint8.
    public static func .!= (left: Tensor, right: Int) -> Tensor { left.isNotEqual(to: right) }
    /// 1 where a whole number differs from an element, else 0: uint8.
    public static func .!= (left: Int, right: Tensor) -> Tensor { right.isNotEqual(to: left) }

    /// 1 where the elements of the left tensor are less, else 0: uint8, with broadcasting and promotion.
    public static func .< (left: Tensor, right: Tensor) -> Tensor { left.isLess(than: right) }
    /// 1 where an element is less than a number, else 0: uint8.
    public static func .< (left: Tensor, right: Float) -> Tensor { left.isLess(than: right) }
    /// 1 where a number is less than an element, else 0: uint8.
    public static func .< (left: Float, right: Tensor) -> Tensor { right.isGreater(than: left) }
    /// 1 where an element is less than a whole number, else 0: uint8.
    public static func .< (left: Tensor, right: Int) -> Tensor { left.isLess(than: right) }
    /// 1 where a whole number is less than an element, else 0: uint8.
    public static func .< (left: Int, right: Tensor) -> Tensor { right.isGreater(than: left) }

    /// 1 where the elements of the left tensor are less or equal, else 0: uint8, with broadcasting and promotion.
    public static func .<= (left: Tensor, right: Tensor) -> Tensor { left.isLessOrEqual(to: right) }
    /// 1 where an element is at most a number, else 0: uint8.
    public static func .<= (left: Tensor, right: Float) -> Tensor { left.isLessOrEqual(to: right) }
    /// 1 where a number is at most an element, else 0: uint8.
    public static func .<= (left: Float, right: Tensor) -> Tensor { right.isGreaterOrEqual(to: left) }
    /// 1 where an element is at most a whole number, else 0: uint8.
    public static func .<= (left: Tensor, right: Int) -> Tensor { left.isLessOrEqual(to: right) }
    /// 1 where a whole number is at most an element, else 0: uint8.
    public static func .<= (left: Int, right: Tensor) -> Tensor { right.isGreaterOrEqual(to: left) }

    /// 1 where the elements of the left tensor are greater, else 0: uint8, with broadcasting and promotion.
    public static func .> (left: Tensor, right: Tensor) -> Tensor { left.isGreater(than: right) }
    /// 1 where an element is greater than a number, else 0: uint8.
    public static func .> (left: Tensor, right: Float) -> Tensor { left.isGreater(than: right) }
    /// 1 where a number is greater than an element, else 0: uint8.
    public static func .> (left: Float, right: Tensor) -> Tensor { right.isLess(than: left) }
    /// 1 where an element is greater than a whole number, else 0: uint8.
    public static func .> (left: Tensor, right: Int) -> Tensor { left.isGreater(than: right) }
    /// 1 where a whole number is greater than an element, else 0: uint8.
    public static func .> (left: Int, right: Tensor) -> Tensor { right.isLess(than: left) }

    /// 1 where the elements of the left tensor are greater or equal, else 0: uint8, with broadcasting and promotion.
    public static func .>= (left: Tensor, right: Tensor) -> Tensor { left.isGreaterOrEqual(to: right) }
    /// 1 where an element is at least a number, else 0: uint8.
    public static func .>= (left: Tensor, right: Float) -> Tensor { left.isGreaterOrEqual(to: right) }
    /// 1 where a number is at least an element, else 0: uint8.
    public static func .>= (left: Float, right: Tensor) -> Tensor { right.isLessOrEqual(to: left) }
    /// 1 where an element is at least a whole number, else 0: uint8.
    public static func .>= (left: Tensor, right: Int) -> Tensor { left.isGreaterOrEqual(to: right) }
    /// 1 where a whole number is at least an element, else 0: uint8.
    public static func .>= (left: Int, right: Tensor) -> Tensor { right.isLessOrEqual(to: left) }
}
