extension Engine {
    /// Whether backends may divide numbers in float32 into two of bfloat16 and multiply those, in one scope; false by
    /// default.
    ///
    /// A product may then be off by 2^-16 of the sum of the magnitudes that it adds up, and infinity may become NaN (Henry,
    /// Tang and Heinecke, "Leveraging the bfloat16 Artificial Intelligence Datatype for Higher-Precision Computations",
    /// 2019). `NNBFloat16` does so on processors with AMX; nothing changes without it or elsewhere.
    ///
    /// ```swift
    /// Engine.$fastFloat32.withValue(true) { network(images, .inference()) }
    /// ```
    @TaskLocal public static var fastFloat32 = false
}
