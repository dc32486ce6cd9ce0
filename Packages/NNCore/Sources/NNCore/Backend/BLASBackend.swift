/// The reference: OpenBLAS for products of matrices, C kernels for the rest. It takes every operation.
public struct BLASBackend: Backend {
    public let name = "blas"
    public init() {}
}
