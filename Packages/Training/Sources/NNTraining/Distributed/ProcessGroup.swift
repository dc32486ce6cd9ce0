import NNLayers

/// Several processes that train one network together, as seen by one of them: it has a rank, and the others answer to
/// what it sends.
///
/// `Plugins/MPI` has one for machines of a cluster; ``ThreadGroup`` is one of threads in a process, for tests. All ranks make
/// the same calls in the same order. Once any rank has failed, every call of every rank throws, those that are waiting
/// included.
public protocol ProcessGroup: AnyObject, Sendable {
    /// The number of this process, from 0. Rank 0 writes files and messages.
    var rank: Int { get }

    /// The number of processes.
    var count: Int { get }

    /// The names of the machines, by rank.
    var hosts: [String] { get }

    /// The seconds after which waiting for the other ranks fails; nil, from the start, for no limit.
    var patience: Double? { get set }

    /// Begins to replace numbers by the sums over all ranks, while the caller goes on. All ranks get the same bits.
    /// - Parameters:
    ///   - values: As many on each rank. The memory must stay until the sum is complete.
    ///   - compression: How the numbers are sent.
    func beginSum(of values: UnsafeMutableBufferPointer<Float>, compression: GradientCompression) -> PendingSum

    /// Begins to add a few numbers over all ranks, apart from those of ``beginSum(of:compression:)``, which they overtake.
    /// - Parameter values: As many on each rank.
    func beginSum(of values: [Double]) -> PendingSum

    /// Collects the bytes of each rank, by rank; each may send as many as it likes.
    /// - Throws: ``ProcessGroupError``.
    func gather(_ bytes: [UInt8]) throws(ProcessGroupError) -> [[UInt8]]

    /// Tells all ranks that this one cannot go on, and why.
    func fail(_ message: String)
}

extension ProcessGroup {
    /// Whether this is the rank that writes files and messages.
    public var isFirst: Bool { rank == 0 }

    /// Adds a few numbers over all ranks.
    /// - Throws: ``ProcessGroupError``.
    public func sum(_ values: [Double]) throws(ProcessGroupError) -> [Double] { try beginSum(of: values).wait() }

    /// Collects a text of each rank, by rank.
    /// - Throws: ``ProcessGroupError``.
    public func gather(_ text: String) throws(ProcessGroupError) -> [String] {
        try gather(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The text of rank 0, which alone evaluates it.
    /// - Throws: ``ProcessGroupError``.
    public func broadcast(_ text: @autoclosure () -> String) throws(ProcessGroupError) -> String {
        try gather(isFirst ? text() : "")[0]
    }

    /// A rank as messages name it: `rank 2 on node7`.
    public func name(of rank: Int) -> String { "rank \(rank) on \(hosts[rank])" }
}

/// How gradients are sent between processes: `training.distributed.compression`.
public enum GradientCompression: String, Sendable, Codable, CaseIterable {
    /// As they are, in float32.
    case none
    /// In bfloat16, which halves what is sent; each addition is rounded to 8 bits of precision.
    case bfloat16 = "bf16"
}

/// What keeps a group of processes from going on.
public struct ProcessGroupError: Error, Sendable, CustomStringConvertible {
    /// The rank that failed; nil where ranks do not answer.
    public let rank: Int?
    /// What happened, with the rank and its machine.
    public let description: String

    /// The failure of a rank, as it told it.
    public init(_ description: String, rank: Int? = nil) {
        self.rank = rank
        self.description = description
    }
}

/// A plugin that connects the processes which were started together.
public protocol ProcessGroupPlugin: Plugin {
    /// Connects to the other processes of this one's job, which each call it once.
    /// - Returns: Nil where this process was started alone.
    /// - Throws: `ProcessGroupError` if they cannot be connected.
    func makeProcessGroup() throws -> (any ProcessGroup)?

    /// Ends what `makeProcessGroup()` began, when all ranks are done without an error. Traps for another group.
    func close(_ group: any ProcessGroup)

    /// Ends this process of a group in which a rank has failed, and so the job.
    /// - Parameter isSaved: Whether rank 0 has done what there was to do; the others wait for that first.
    func abandon(_ group: any ProcessGroup, exitCode: Int32) -> Never
}
