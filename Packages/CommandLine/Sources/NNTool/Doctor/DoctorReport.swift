import Foundation
import NNLayers

/// What `nn doctor` finds out about the machine.
struct DoctorReport: Encodable {
    struct BackendState: Encodable {
        let name: String
        let details: String
        let notes: [String]
        /// Why it cannot be used; nil where it can.
        let problem: String?
    }

    let version = NN.version
    let processor = Processor()
    let memory = SystemMemory()
    let threads: Int
    /// In the order in which they are asked, then those that are missing.
    let backends: [BackendState]
    /// Who decided on the backends: `NN_BACKENDS`, or their order of preference.
    let order: String
    /// The backends that the order leaves out.
    let unused: [String]
    let libraries: [LoadedLibrary]
    let selfTests: [ConvolutionSelfTest]
    let differentialTests: [DifferentialSelfTest]
    /// What makes the tool slower than it could be.
    let warnings: [String]

    /// Examines the machine with the backends that the engine is set up with.
    init(_ selection: BackendSelection) {
        threads = Engine.threadCount
        order = selection.isChosen ? "NN_BACKENDS" : "preference"
        unused = selection.unused
        // The tests come first, as they open what is opened when it is needed.
        let backends = selection.backends
        selfTests = backends.flatMap { backend in
            Precision.allCases.map { ConvolutionSelfTest(backend, precision: $0) }
        }
        differentialTests = backends.map { DifferentialSelfTest($0) }
        self.backends =
            backends.map { BackendState(name: $0.name, details: $0.details, notes: $0.notes, problem: nil) }
            + selection.missing.map { BackendState(name: $0.name, details: "", notes: [], problem: $0.reason) }
        libraries = LoadedLibrary.all()
        warnings = Self.warnings(threads: threads, processor: processor)
    }

    var passes: Bool { selfTests.allSatisfy(\.passes) && differentialTests.allSatisfy(\.passes) }

    private static func warnings(threads: Int, processor: Processor) -> [String] {
        var warnings: [String] = []
        if threads > processor.cores {
            warnings.append(
                "NN_NUM_THREADS is \(threads), but there are \(processor.cores) processor cores; more threads than "
                    + "cores wait for each other")
        }
        return warnings
    }
}
