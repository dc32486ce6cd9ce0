import CNNKernels

/// The memory that the process may use.
public enum ProcessMemory {
    /// The bytes of memory of the machine or of the process's control groups, versions 1 and 2, at any depth; at most
    /// what limits of addresses and data (`ulimit -v`, `ulimit -d`) leave at this time.
    public static var available: Int { Int(nn_available_memory()) }

    /// The bytes that limits of addresses and data (`ulimit -v`, `ulimit -d`) leave at this time; nil without a limit.
    public static var leftByLimits: Int? {
        let left = nn_memory_left_by_limits()
        return left < 0 ? nil : Int(left)
    }

    /// Prepares a program for limits of addresses and data, if there are any: one heap for all threads instead of one for
    /// each, and a message with exit code 1 instead of a crash where memory ends. To be called before there are threads.
    @_spi(Internal) public static func prepareForLimits() { nn_prepare_for_limits() }
}
