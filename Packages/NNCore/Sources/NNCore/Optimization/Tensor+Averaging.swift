import CNNKernels

extension Tensor {
    /// Moves every element by the fraction `rate` of its distance toward that of `target`, in place: a
    /// step of an exponential moving average. Both are float32 of one shape. A rate of 1 gives the target
    /// exactly, and 0 changes nothing.
    public mutating func move(toward target: Tensor, rate: Float) {
        requireUpdatable("move(toward:)", self, target)
        require(rate, .fraction, "move(toward:): rate")
        let count = Int64(elementCount)
        withKernelPointer { average in
            target.withScalars { nn_move_toward(average, $0.baseAddress!, rate, count) }
        }
    }

    /// The sum of the squares of a float32 tensor in `Double`, where none overflows; the same for any number of
    /// threads.
    public var sumOfSquares: Double {
        withScalars(as: Float.self) { $0.baseAddress.map { nn_sum_of_squares($0, Int64(elementCount)) } ?? 0 }
    }
}
