import CNNKernels
import Foundation

/// A library with the C interface of BLAS, opened when the program runs.
///
/// It is not linked, since OpenBLAS reserves addresses as it is loaded, 128 MiB for each thread, and tries for ever
/// where the process may not have so many.
struct BLASLibrary: Sendable {
    /// `cblas_sgemm` with integers of 32 bits.
    typealias Product =
        @convention(c) (
            _ order: Int32, _ transposesLeft: Int32, _ transposesRight: Int32, _ rows: Int32, _ columns: Int32,
            _ inner: Int32, _ alpha: Float, _ left: UnsafePointer<Float>, _ leftStride: Int32,
            _ right: UnsafePointer<Float>, _ rightStride: Int32, _ beta: Float, _ result: UnsafeMutablePointer<Float>,
            _ resultStride: Int32
        ) -> Void

    let product: Product
    /// The file.
    let path: String
    /// "OpenBLAS 0.3.21", or the file's name where it does not tell.
    let version: String
    /// What OpenBLAS calls the kernels that it uses; nil for another library.
    var core: String?
    /// Whether we chose these kernels, because the library does not know the processor.
    var coreIsOurs = false
    /// Whether it divides a product among the threads that our kernels use too. Others are given parts of a product.
    var sharesThreads = false

    /// The names of OpenBLAS, Debian's, Fedora's and plain ones. Each is built for one kind of threads.
    static let names = [
        "libopenblas.so.0", "libopenblaso.so.0", "libopenblasp.so.0", "libopenblas.so.3", "libopenblas.so",
    ]

    /// The bytes of addresses that OpenBLAS must be able to reserve: its code, and a buffer of 128 MiB (x86-64) for
    /// each thread that it has, each that may call it, and itself.
    static func neededAddresses(threads: Int) -> Int { (64 + 128 * (2 * threads + 1)) << 20 }
}

extension BLASLibrary {
    private typealias TextFunction = @convention(c) () -> UnsafePointer<CChar>?
    private typealias NumberFunction = @convention(c) () -> Int32

    /// Opens a library by name or path.
    /// - Throws: ``EngineError`` where it cannot be opened or used.
    init(_ name: String) throws(EngineError) {
        var library = try SharedLibrary(name)
        if let better = MatrixMultiplier.core(insteadOf: Self.core(of: library)) {
            library = try library.reopened(withVariable: "OPENBLAS_CORETYPE", value: better)
            coreIsOurs = Self.core(of: library)?.lowercased() == better.lowercased()
        }
        guard let product = library.function("cblas_sgemm", as: Product.self) else {
            throw EngineError("\(name) has no function 'cblas_sgemm'; it is no BLAS with a C interface")
        }
        path = library.path(ofFunction: "cblas_sgemm")
        self.product = product
        guard let text = library.function("openblas_get_config", as: TextFunction.self)?() else {
            version = URL(fileURLWithPath: path).lastPathComponent
            // Threads of its own would come on top of those that call it.
            library.function("MKL_Set_Num_Threads", as: (@convention(c) (Int32) -> Void).self)?(1)
            library.function("bli_thread_set_num_threads", as: (@convention(c) (Int) -> Void).self)?(1)
            return
        }
        let words = String(cString: text).split(separator: " ").map(String.init)
        version = words.prefix(2).joined(separator: " ")
        core = Self.core(of: library)
        if words.contains("USE64BITINT") {
            throw EngineError("\(path) takes integers of 64 bits; a build with 32 bits is needed")
        }
        switch library.function("openblas_get_parallel", as: NumberFunction.self)?() {
        case 2: sharesThreads = true
        case 0 where !words.contains("USE_LOCKING"):
            // Debian's serial build is compiled so; two threads at once overwrite each other's buffers.
            throw EngineError("\(path) was built without threads and without locks; a build with either is needed")
        default: library.function("openblas_set_num_threads", as: (@convention(c) (Int32) -> Void).self)?(1)
        }
    }

    private static func core(of library: SharedLibrary) -> String? {
        library.function("openblas_get_corename", as: TextFunction.self)?().map { String(cString: $0) }
    }
}
