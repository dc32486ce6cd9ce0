import Foundation
import NNLayers

/// What `nn doctor` finds out about the machine.
struct DoctorReport: Encodable {
    struct BackendState: Encodable {
        let name: String
        let details: String
        /// Why it cannot be used; nil where it can.
        let problem: String?
    }

    let version = NN.version
    let processor = Processor()
    let memory = SystemMemory()
    let threads: Int
    /// In the order in which they are asked, then those that are missing.
    let backends: [BackendState]
    let libraries: [LoadedLibrary]
    let selfTests: [ConvolutionSelfTest]
    /// What makes the tool slower than it could be.
    let warnings: [String]

    /// Examines the machine with the backends that the engine is set up with.
    init(missing: [Tool.MissingBackend]) {
        threads = Engine.threadCount
        backends =
            Engine.backends.map { BackendState(name: $0.name, details: $0.details, problem: nil) }
            + missing.map { BackendState(name: $0.name, details: "", problem: $0.reason) }
        selfTests = Engine.backends.flatMap { backend in
            Precision.allCases.map { ConvolutionSelfTest(backend, precision: $0) }
        }
        libraries = LoadedLibrary.all()
        warnings = Self.warnings(threads: threads, processor: processor, libraries: libraries)
    }

    var passes: Bool { selfTests.allSatisfy(\.passes) }

    private static func warnings(threads: Int, processor: Processor, libraries: [LoadedLibrary]) -> [String] {
        var warnings: [String] = []
        if threads > processor.cores {
            warnings.append(
                "NN_NUM_THREADS is \(threads), but there are \(processor.cores) processor cores; more threads than "
                    + "cores wait for each other")
        }
        if let blas = libraries.first(where: { $0.name == "libopenblas" }), !blas.version.contains("USE_OPENMP") {
            warnings.append(
                "OpenBLAS was built without OpenMP; its threads get in the way of the tool's own. "
                    + "Install libopenblas-openmp-dev")
        }
        return warnings
    }
}
