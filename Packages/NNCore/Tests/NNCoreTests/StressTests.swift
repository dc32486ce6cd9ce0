import Foundation
import Testing

@_spi(Kernels) @testable import NNCore

/// Each lock, and what needs none, from several threads at once: short in release builds, and what ThreadSanitizer is
/// shown (`make sanitize`).
@Suite struct StressTests {
    static let threads = 4
    static let rounds = 600

    @Test func copiesOfOneTensorAreWrittenApart() {
        let shared = Tensor((0..<1000).map { Float($0) })
        let sums = Results()
        onThreads(Self.threads) { number in
            var kept: [Tensor] = []
            for round in 0..<Self.rounds {
                var copy = shared
                copy.withMutableScalars(as: Float.self) { $0[number] += Float(round) }
                kept.append(round % 2 == 0 ? copy : shared)
                let view = copy.reshaped([10, 100])
                sums.add((copy + 1).floats[number] == Float(number + round + 1) && view.floats == copy.floats)
            }
            sums.add(kept.allSatisfy { $0.floats[999] == 999 })
        }
        #expect(sums.allTrue(count: Self.threads * (Self.rounds + 1)))
        #expect(shared.floats == (0..<1000).map { Float($0) })
    }

    /// Every thread fills what it was given, and finds it unchanged: no block is handed out twice.
    @Test func theAllocatorGivesEachBlockOnce() {
        let allocator = Allocator()
        let results = Results()
        onThreads(Self.threads) { number in
            var blocks: [(pointer: UnsafeMutableRawPointer, size: Int, mark: UInt8)] = []
            for round in 0..<Self.rounds {
                let mark = UInt8(truncatingIfNeeded: number * 61 + round)
                let block = allocator.allocate(byteCount: 64 << (round % 5))
                block.pointer.initializeMemory(as: UInt8.self, repeating: mark, count: block.size)
                blocks.append((block.pointer, block.size, mark))
                if round % 3 != 0 {
                    let old = blocks.removeFirst()
                    let bytes = UnsafeRawBufferPointer(start: old.pointer, count: old.size)
                    results.add(bytes.allSatisfy { $0 == old.mark })
                    allocator.deallocate(old.pointer, size: old.size)
                }
                if round % 50 == 0 { allocator.releaseUnused() }
                if round % 70 == 0 { allocator.resetPeak() }
                let statistics = allocator.statistics
                results.add(statistics.used <= min(statistics.peak, statistics.reserved))
            }
            for block in blocks { allocator.deallocate(block.pointer, size: block.size) }
        }
        #expect(results.allTrue())
        #expect(allocator.statistics.used == 0)
        allocator.releaseUnused()
        #expect(allocator.statistics.reserved == 0)
    }

    /// One thread changes its copy of a weight, and with it forgets the forms, while others use them.
    @Test func packedFormsBelongToTheirValues() {
        let image = distinctTensor([1, 6, 6, 4])
        let weight = distinctTensor([8, 4, 3, 3], seed: 2)
        let expected = image.convolved(weight: weight).floats
        let results = Results()
        onThreads(Self.threads) { number in
            for round in 0..<Self.rounds / 3 {
                if number == 0 {
                    var changed = round % 2 == 0 ? weight : Tensor(weight.floats, shape: weight.shape)
                    _ = image.convolved(weight: changed)
                    changed.withMutableScalars(as: Float.self) { for index in $0.indices { $0[index] *= 2 } }
                    results.add(image.convolved(weight: changed).floats == expected.map { 2 * $0 })
                } else {
                    results.add(image.convolved(weight: weight).floats == expected)
                    let kept = weight.packedForms.form(for: "sum of \(round % 3)") { weight.sum().item }
                    results.add(kept == weight.sum().item)
                }
            }
        }
        #expect(results.allTrue())
    }

    @Test func theEngineIsConfiguredWhileItCalculates() throws {
        let (backends, count) = (Engine.backends, Engine.threadCount)
        defer { try? Engine.configure(backends: backends, threads: count) }
        let image = distinctTensor([2, 9, 9, 4])
        let weight = distinctTensor([4, 4, 3, 3], seed: 2)
        let expected = image.convolved(weight: weight)
        let results = Results()
        onThreads(Self.threads) { number in
            for round in 0..<Self.rounds / 3 {
                switch number {
                case 0: results.add((try? Engine.configure(backends: backends, threads: 1 + round % 3)) != nil)
                case 1:
                    Engine.$scoped.withValue([BLASBackend()]) {
                        results.add(isClose(image.convolved(weight: weight), expected))
                    }
                case 2:
                    Engine.withThreads(1 + round % 3) {
                        results.add(Engine.threadCount == 1 + round % 3)
                        results.add(isClose(image.convolved(weight: weight), expected))
                    }
                default: results.add(isClose(image.convolved(weight: weight), expected))
                }
            }
        }
        #expect(results.allTrue())
    }

    @Test func oneTraceRecordsFromSeveralThreads() {
        let trace = Trace()
        let image = trace.input(TensorSpecification(shape: [1, 8, 8, 3]))
        onThreads(Self.threads) { _ in
            for _ in 0..<Self.rounds { _ = (image + image).activated(by: .relu) }
        }
        #expect(trace.failure == nil)
        #expect(trace.steps.count == 2 * Self.threads * Self.rounds)
        #expect(Set(trace.steps.flatMap(\.outputs)).count == trace.steps.count)
    }

    @Test func graphsThatShareVariablesAreDifferentiatedSideBySide() {
        let variable = distinctTensor([40, 30]).requiringGradient()
        let shared = variable * 3
        let results = Results()
        onThreads(Self.threads) { number in
            for _ in 0..<Self.rounds {
                let loss = (variable * variable * Float(number + 1)).sum()
                let gradient = loss.backward()[variable]
                results.add(gradient.map { isClose($0, variable.detached * Float(2 * (number + 1))) } ?? false)
                _ = shared + 1
            }
        }
        #expect(results.allTrue())
        #expect(shared.sum().backward()[variable]?.floats[0] == 3)
    }

    /// However the two meet, one of them finds that the calculation is used up.
    @Test func twoThreadsCannotDifferentiateOneGraph() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let variable = Tensor.ones([50]).requiringGradient()
            let loss = (0..<50).reduce(variable) { sum, _ in sum * variable }.sum()
            onThreads(2) { _ in _ = loss.backward() }
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("was used by an earlier backward() already, or is by another thread's"))
    }

    /// A chain whose last result is let go of by several threads, each of which may be the one that takes it apart.
    @Test func aLongChainIsReleasedByTheLastOwner() {
        for _ in 0..<10 {
            let chain = Shared((0..<500).reduce(Tensor.ones([2]).requiringGradient()) { sum, _ in sum + 1 })
            onThreads(Self.threads) { _ in chain.release() }
        }
    }
}

private func isClose(_ left: Tensor, _ right: Tensor) -> Bool {
    left.shape == right.shape && zip(left.floats, right.floats).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($1)) }
}

/// What threads found, without a lock of the kind that is tested: ThreadSanitizer understands this one.
private final class Results: @unchecked Sendable {
    // Sendable: the lock guards the list.
    private let lock = NSLock()
    private var found: [Bool] = []

    func add(_ isTrue: Bool) { lock.withLock { found.append(isTrue) } }

    func allTrue(count: Int? = nil) -> Bool {
        lock.withLock { !found.isEmpty && found.allSatisfy { $0 } && found.count == count ?? found.count }
    }
}

/// A tensor that each thread takes a copy of and drops.
private final class Shared: @unchecked Sendable {
    // Sendable: the lock guards the tensor.
    private let lock = NSLock()
    private var tensor: Tensor?
    private var users = StressTests.threads

    init(_ tensor: Tensor) { self.tensor = tensor }

    func release() {
        let copy = lock.withLock {
            users -= 1
            defer { if users == 0 { tensor = nil } }
            return tensor
        }
        _ = copy.map { $0 * 2 }
    }
}

/// Runs `body` on threads of their own that start together, and waits for them.
private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let gate = NSCondition()
    let group = DispatchGroup()
    nonisolated(unsafe) var waiting = 0
    for number in 0..<count {
        group.enter()
        let thread = Thread {
            gate.lock()
            waiting += 1
            if waiting == count { gate.broadcast() } else { while waiting < count { gate.wait() } }
            gate.unlock()
            body(number)
            group.leave()
        }
        // Kernels and their libraries want more than the half megabyte of a secondary thread.
        thread.stackSize = 8 << 20
        thread.start()
    }
    group.wait()
}
