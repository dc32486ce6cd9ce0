import CNNKernels

/// The memory that the process may use.
public enum ProcessMemory {
    /// The bytes of memory of the machine or of the process's control groups, versions 1 and 2, at any depth; at most
    /// what limits of addresses and data (`ulimit -v`, `ulimit -d`) leave at this time.
    public static var available: Int { Int(nn_available_memory()) }
}
