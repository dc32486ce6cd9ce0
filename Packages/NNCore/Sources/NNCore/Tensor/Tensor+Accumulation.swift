import CNNKernels

extension Tensor {
    /// Adds another tensor of the same shape and type in place, as sums of gradients do.
    mutating func add(_ other: Tensor) {
        require(specification == other.specification, "add: \(specification) and \(other.specification)")
        let isBFloat16 = dataType == .bfloat16
        let count = Int64(elementCount)
        withUnsafeMutableBytes { sum in
            other.withUnsafeBytes { term in
                guard let to = sum.baseAddress, let from = term.baseAddress else { return }
                isBFloat16 ? nn_accumulate_bf16(to, from, count) : nn_accumulate_f32(to, from, count)
            }
        }
    }

    /// Changes the values in place, keeping the identity of the variable.
    @_spi(Kernels) public mutating func updateValues(_ body: (inout Tensor) -> Void) {
        requireWritable("updateValues")
        let kept = origin
        origin = nil
        body(&self)
        origin = kept
    }

    /// Puts other values of the same shape in this place, keeping the identity of the variable.
    public mutating func replaceValues(with other: Tensor) {
        require(specification == other.specification, "replaceValues: \(other.specification) for \(specification)")
        requireWritable("replaceValues")
        contents = other.contents
    }
}
