import CNNKernels

extension Tensor {
    /// Moves every element toward that of `target` by the fraction `rate` of their distance, in place: a step of an
    /// exponential moving average. Both are float32 of one shape.
    /// - Parameter rate: From 0, which changes nothing, to 1, which gives the target exactly.
    public mutating func move(toward target: Tensor, rate: Float) {
        requireUpdatable("move(toward:)", self, [target])
        require(rate, .fraction, "move(toward:): rate")
        let count = Int64(elementCount)
        withKernelPointer { average in
            target.withScalars(as: Float.self) {
                if let target = $0.baseAddress { nn_move_toward(average, target, rate, count) }
            }
        }
    }

    /// The sum of the squares of a float32 tensor, in `Double`, where none overflows; the same bits for any number
    /// of threads.
    public var sumOfSquares: Double {
        withScalars(as: Float.self) { $0.baseAddress.map { nn_sum_of_squares($0, Int64(elementCount)) } ?? 0 }
    }
}
