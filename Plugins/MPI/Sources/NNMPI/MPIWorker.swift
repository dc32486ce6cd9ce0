import CNNMPI
import Foundation
import NNLayers
import NNTraining

/// The thread that makes all calls of MPI.
final class MPIWorker: @unchecked Sendable {
    // Sendable: what several threads use is guarded by `condition`; the rest belongs to the thread.
    private let condition = NSCondition()
    private var queue: [MPIOperation] = []
    private var outbox: [(rank: Int, message: MPIMessage)] = []
    private var failure: ProcessGroupError?
    private var limit: Double?
    private var isClosing = false
    private var isClosed = false
    private var abortCode: Int32?
    private var hasEnd = false
    private var hasLost = false
    private var connection: Result<(rank: Int, count: Int), ProcessGroupError>?

    // Of the thread.
    private var waiting: [[MPIOperation]] = [[], []]
    private var running = [MPIOperation?](repeating: nil, count: Int(nn_mpi_slots))
    /// The number of operations that were begun.
    private var begun = 0
    private var rank = 0
    private var ranks = 1
    private var check: RankCheck?

    /// The slots of each channel, which begin their operations in order.
    private static let slots: [[Int]] = [[0, 1], [2]]
    /// Between two looks at what is under way.
    private static let nap: UInt32 = 100
    /// How long the thread looks without a nap for a few numbers, which somebody waits for.
    private static let patienceWithoutNaps = 0.001
    /// While nothing is under way, between two looks for messages.
    private static let idleNap = 0.02

    /// Starts the thread and MPI.
    func start() throws(ProcessGroupError) -> (rank: Int, count: Int) {
        let thread = Thread { [self] in run() }
        thread.name = "nn-mpi"
        thread.start()
        condition.lock()
        while connection == nil { condition.wait() }
        let result = connection!
        condition.unlock()
        return try result.get()
    }

    var patience: Double? {
        get { condition.withLock { limit } }
        set { condition.withLock { limit = newValue } }
    }

    /// Whether a rank did not answer.
    var hasLostRanks: Bool { condition.withLock { hasLost } }

    func begin(_ work: MPIOperation.Work, on channel: nn_mpi_channel) -> PendingSum {
        let pending = PendingSum()
        condition.withLock {
            if let failure { return pending.complete(.failure(failure)) }
            queue.append(MPIOperation(work, channel: channel, pending: pending, ranks: ranks))
            condition.broadcast()
        }
        return pending
    }

    func gather(_ bytes: [UInt8]) throws(ProcessGroupError) -> [[UInt8]] {
        nonisolated(unsafe) var result: [[UInt8]] = []
        try begin(.bytes(bytes, { result = $0 }), on: NN_MPI_NUMBERS).wait()
        return result
    }

    /// Sends a message to all other ranks.
    func tellAll(_ message: MPIMessage) {
        condition.withLock {
            outbox += (0..<ranks).filter { $0 != rank }.map { ($0, message) }
            condition.broadcast()
        }
    }

    /// Makes everything fail that is under way or is begun from now on. Only the first failure counts.
    func fail(_ error: ProcessGroupError) {
        condition.withLock {
            guard failure == nil else { return }
            failure = error
            condition.broadcast()
        }
    }

    func close() {
        condition.withLock {
            isClosing = true
            condition.broadcast()
            while !isClosed { condition.wait() }
        }
    }

    func waitForEnd(seconds: Double) {
        let deadline = Date(timeIntervalSinceNow: seconds)
        condition.withLock {
            while !hasEnd, condition.wait(until: deadline) {}
        }
    }

    /// Ends the processes of all ranks; does not return for long.
    func endJob(_ code: Int32) {
        condition.withLock {
            abortCode = code
            condition.broadcast()
        }
        sleep(10)
    }
}

extension MPIWorker {
    private func run() {
        var (rank, count): (Int32, Int32) = (0, 1)
        var text = [CChar](repeating: 0, count: 256)
        let isStarted = nn_mpi_start(&rank, &count, &text)
        (self.rank, ranks) = (Int(rank), Int(count))
        let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        condition.withLock {
            connection = isStarted ? .success((Int(rank), Int(count))) : .failure(ProcessGroupError(reason))
            condition.broadcast()
        }
        guard isStarted else { return }
        while serve() {}
        nn_mpi_finish()
        condition.withLock {
            isClosed = true
            condition.broadcast()
        }
    }

    /// One look at everything; returns whether to go on.
    private func serve() -> Bool {
        let isBusy = running.contains { $0 != nil }
        condition.lock()
        if !isBusy, queue.isEmpty, outbox.isEmpty, !isClosing, abortCode == nil, waiting.allSatisfy(\.isEmpty) {
            _ = condition.wait(until: Date(timeIntervalSinceNow: Self.idleNap))
        }
        let (arrived, letters, failure) = (queue, outbox, failure)
        let (abortCode, isDone, limit) = (abortCode, isClosing, limit)
        (queue, outbox) = ([], [])
        condition.unlock()

        for operation in arrived { waiting[Int(operation.channel.rawValue)].append(operation) }
        for (rank, message) in letters {
            let bytes = message.text.utf8.map { CChar(bitPattern: $0) }
            nn_mpi_send(Int32(rank), bytes, Int32(bytes.count))
        }
        receive()
        if let abortCode { nn_mpi_abort(abortCode) }
        if let failure {
            giveUp(failure)
        } else {
            beginWaiting()
            testRunning()
            watch(limit)
        }
        if isDone { return false }
        rest(isBusy: running.contains { $0 != nil })
        return true
    }

    private func rest(isBusy: Bool) {
        guard isBusy else { return }
        let now = ContinuousClock.now
        let isUrgent = Self.slots[1].contains { slot in
            running[slot].map { (now - $0.start) / .seconds(1) < Self.patienceWithoutNaps } ?? false
        }
        if isUrgent { sched_yield() } else { usleep(Self.nap) }
    }

    private func beginWaiting() {
        for (channel, slots) in Self.slots.enumerated() {
            for slot in slots where running[slot] == nil && !waiting[channel].isEmpty {
                let operation = waiting[channel].removeFirst()
                running[slot] = operation
                begun += 1
                handle(operation.begin(slot: Int32(slot)))
            }
        }
    }

    private func testRunning() {
        for slot in running.indices {
            guard let operation = running[slot] else { continue }
            let done = nn_mpi_test(Int32(slot))
            if done < 0 { handle(done) }
            guard done == 1 else { continue }
            if let code = operation.proceed(slot: Int32(slot)) {
                handle(code)
            } else {
                running[slot] = nil
            }
        }
    }

    private func handle(_ code: Int32) {
        guard code != 0 else { return }
        var text = [CChar](repeating: 0, count: 256)
        nn_mpi_error_text(code, &text)
        let reason = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        fail(ProcessGroupError("rank \(rank): MPI reports: \(reason)", rank: rank))
    }

    /// What is under way stays in memory, since MPI may still write to it.
    private func giveUp(_ failure: ProcessGroupError) {
        for operation in running.compactMap({ $0 }) + waiting.joined() { operation.pending.complete(.failure(failure)) }
        waiting = [[], []]
    }
}

extension MPIWorker {
    private func receive() {
        var sender: Int32 = 0
        var bytes = [CChar](repeating: 0, count: Int(nn_mpi_message_length))
        while true {
            let count = nn_mpi_receive(&sender, &bytes)
            guard count >= 0 else { return }
            let text = String(decoding: bytes.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard let message = MPIMessage(text) else { continue }
            switch message {
            case .failed(let reason): fail(ProcessGroupError(reason, rank: Int(sender)))
            case .question: send(.answer(begun), to: Int(sender))
            case .answer(let count): check?.answers[Int(sender)] = count
            case .end:
                condition.withLock {
                    hasEnd = true
                    condition.broadcast()
                }
            }
        }
    }

    private func send(_ message: MPIMessage, to rank: Int) {
        let bytes = message.text.utf8.map { CChar(bitPattern: $0) }
        nn_mpi_send(Int32(rank), bytes, Int32(bytes.count))
    }

    /// Asks the other ranks when one of them is waited for too long. Rank 0 decides; the others ask whether it is there.
    private func watch(_ limit: Double?) {
        guard let limit, let oldest = running.compactMap({ $0?.start }).min() else {
            check = nil
            return
        }
        let now = ContinuousClock.now
        let seconds = (now - oldest) / .seconds(1)
        guard seconds > limit else {
            check = nil
            return
        }
        let asked = rank == 0 ? Array(1..<ranks) : [0]
        guard let check else {
            self.check = RankCheck(start: now)
            for rank in asked { send(.question, to: rank) }
            return
        }
        guard (now - check.start) / .seconds(1) > RankCheck.seconds else { return }
        let silent = asked.filter { check.answers[$0] == nil }
        if rank != 0, silent.isEmpty {
            // Rank 0 is there, and decides; it is asked again.
            if (now - check.start) / .seconds(1) > limit { self.check = nil }
            return
        }
        let late = check.answers.filter { $0.value < begun }.keys.sorted()
        let reason = check.reason(silent: silent, late: late, seconds: seconds)
        condition.withLock { hasLost = true }
        fail(ProcessGroupError(reason))
    }
}

/// The question to other ranks whether they are there.
struct RankCheck {
    /// How long an answer may take.
    static let seconds = 3.0

    let start: ContinuousClock.Instant
    /// How many operations each rank that answered has begun.
    var answers: [Int: Int] = [:]

    func reason(silent: [Int], late: [Int], seconds: Double) -> String {
        func names(_ ranks: [Int]) -> String {
            (ranks.count == 1 ? "rank " : "ranks ") + ranks.prefix(8).map(String.init).joined(separator: ", ")
                + (ranks.count > 8 ? " and \(ranks.count - 8) more" : "")
        }
        let time = "after \(Int(seconds)) seconds"
        if !silent.isEmpty { return "\(names(silent)) did not answer \(time): stopped, or cut off from the network" }
        if !late.isEmpty { return "\(names(late)) did not reach the others \(time)" }
        return "another rank did not reach the others \(time)"
    }
}
