extension Tensor {
    /// A vector for each class index, with 1 at that index and 0 elsewhere: integers `[...]` give `[..., classCount]`.
    ///
    /// An index outside `0 ..< classCount`, as ignored pixels have, gives zeros.
    public func oneHot(classCount: Int, dataType: DataType = .float32) -> Tensor {
        guard 0...Int(Int32.max) ~= classCount else {
            return Refused(name: "oneHot", reason: "\(classCount) classes").apply(to: self)
        }
        let classes = Tensor(Array(0..<Int32(classCount)))
        return reshaped(Shape(shape.dimensions + [1])).isEqual(to: classes).cast(to: dataType)
    }
}
