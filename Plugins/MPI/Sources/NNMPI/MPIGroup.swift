import CNNMPI
import Foundation
import NNLayers
import NNTraining

/// The processes that `mpirun` started together.
///
/// Open MPI works only inside of its calls. One thread makes all of them: it tests what is under way and sleeps in between,
/// so that the cores are left to what calculates.
final class MPIGroup: ProcessGroup {
    let rank: Int
    let count: Int
    let hosts: [String]
    private let worker: MPIWorker

    /// - Throws: `ProcessGroupError` if MPI cannot be started.
    init() throws {
        worker = MPIWorker()
        (rank, count) = try worker.start()
        var name = [CChar](repeating: 0, count: Int(nn_mpi_name_length))
        nn_mpi_host(&name)
        let own = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        hosts = try worker.gather(own).map { String(decoding: $0, as: UTF8.self) }
    }

    var patience: Double? {
        get { worker.patience }
        set { worker.patience = newValue }
    }

    func beginSum(of values: UnsafeMutableBufferPointer<Float>, compression: GradientCompression) -> PendingSum {
        worker.begin(compression == .none ? .floats(values) : .halves(values), on: NN_MPI_GRADIENTS)
    }

    func beginSum(of values: [Double]) -> PendingSum { worker.begin(.numbers(values), on: NN_MPI_NUMBERS) }

    func gather(_ bytes: [UInt8]) throws(ProcessGroupError) -> [[UInt8]] { try worker.gather(bytes) }

    func fail(_ message: String) {
        let error = ProcessGroupError("\(name(of: rank)): \(message)", rank: rank)
        worker.tellAll(.failed(error.description))
        worker.fail(error)
    }

    /// Ends MPI with the other ranks.
    func close() { worker.close() }

    /// Ends this process after a failure of any rank. Rank 0, which saves and tells, ends first.
    func abandon(exitCode: Int32) -> Never {
        if rank == 0 {
            worker.tellAll(.end)
            // For the messages to leave.
            usleep(200_000)
            if worker.hasLostRanks { worker.endJob(exitCode) }
        } else {
            worker.waitForEnd(seconds: 600)
        }
        // Ending MPI would wait for what is still under way.
        _exit(exitCode)
    }
}

/// What ranks tell each other besides sums: as text that begins with a letter.
enum MPIMessage: Equatable {
    /// The sender cannot go on.
    case failed(String)
    /// Rank 0 has done what there was to do after a failure.
    case end
    /// The receiver is to answer.
    case question
    /// The sender works, and has begun so many operations.
    case answer(Int)

    var text: String {
        switch self {
        case .failed(let reason): "F" + reason
        case .end: "E"
        case .question: "Q"
        case .answer(let count): "A\(count)"
        }
    }

    /// Nil for what no rank sends.
    init?(_ text: String) {
        switch text.first {
        case "F": self = .failed(String(text.dropFirst()))
        case "E": self = .end
        case "Q": self = .question
        case "A": self = .answer(Int(text.dropFirst()) ?? 0)
        default: return nil
        }
    }
}

/// What the launcher of a job tells its processes by the environment.
enum JobEnvironment {
    /// The number of processes of the job; 1 for one that was started alone.
    static var processCount: Int {
        ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_SIZE"].flatMap { Int($0) } ?? 1
    }
}
