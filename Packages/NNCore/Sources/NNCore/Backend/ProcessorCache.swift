import CNNKernels

/// The caches of the processor.
@_spi(Kernels) public enum ProcessorCache {
    /// The bytes of the cache that each core has for itself (level 2).
    public static let byteCountOfCore = Int(nn_core_cache_size())
}
