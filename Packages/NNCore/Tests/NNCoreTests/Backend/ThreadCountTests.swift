import CNNKernels
import Foundation
@_spi(Internal) @testable import NNCore
import Testing

@Suite struct ThreadCountTests {
    @Test func aScopeConcernsItsOwnThreadOnly() {
        let process = Engine.threadCount
        Engine.withThreads(3) {
            #expect(Engine.threadCount == 3)
            Engine.withThreads(1) { #expect(Engine.threadCount == 1) }
            #expect(Engine.threadCount == 3)
            let other = Mailbox()
            let thread = Thread { other.put(Engine.threadCount) }
            thread.start()
            #expect(other.take() == process)
        }
        #expect(Engine.threadCount == process)
    }

    @Test(arguments: [1, 2, 3, 5])
    func theCountIsUsed(_ count: Int) {
        Engine.withThreads(count) {
            let parts = Mailbox()
            Engine.parallel(60) { part in parts.put(part.count) }
            #expect((0..<count).map { _ in parts.take() }.reduce(0, +) == 60)
        }
    }

    @Test func theVariableIsRead() throws {
        #expect(try ThreadCount.fromEnvironment([:]) == ThreadCount.availableCores)
        #expect(try ThreadCount.fromEnvironment(["NN_NUM_THREADS": "1024"]) == 1024)
        for text in ["0", "-1", "1000000000", "two", "", "1025", "2.5", "3 ", "0x2", "99999999999999999999"] {
            let error = #expect(throws: EngineError.self) {
                try ThreadCount.fromEnvironment(["NN_NUM_THREADS": text])
            }
            #expect(error?.description.hasPrefix("NN_NUM_THREADS is '\(text)'; it must be a whole number") == true)
        }
    }

    @Test func aProgramEndsWithOneMessage() async throws {
        // The copies of the test program that do this have counted nothing yet.
        let zero = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            ThreadCountTests.calculate(threads: "0")
        }
        let word = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            ThreadCountTests.calculate(threads: "two")
        }
        for (text, result) in [("0", zero), ("two", word)] {
            let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            #expect(message.hasPrefix("error: NN_NUM_THREADS is '\(text)'; it must be a whole number from 1 to 1024."))
            #expect(message.split(separator: "\n").count == 1)
        }
    }

    private static func calculate(threads: String) {
        setenv("NN_NUM_THREADS", threads, 1)
        _ = Tensor.ones([200_000]) + 1
    }

    @Test func theVariableHoldsWithoutConfiguration() async {
        await #expect(processExitsWith: .success) {
            setenv("NN_NUM_THREADS", "3", 1)
            require(Engine.threadCount == 3, "the first use reads NN_NUM_THREADS")
        }
    }

    /// One group's file of a fixture, and what the whole must give.
    struct Groups: Sendable {
        let mounts: String
        let group: String
        let files: [String: String]
        let cores: Double
    }

    private static let second = "30 24 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
    private static let first =
        "30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        + "31 24 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"

    static let groups: [Groups] = [
        Groups(mounts: second, group: "0::/\n", files: [:], cores: 0),
        Groups(mounts: second, group: "0::/\n", files: ["sys/fs/cgroup/cpu.max": "100000 100000\n"], cores: 1),
        Groups(mounts: second, group: "0::/\n", files: ["sys/fs/cgroup/cpu.max": "max 100000\n"], cores: 0),
        // A group around the own one is narrower.
        Groups(
            mounts: second, group: "0::/user/shell\n",
            files: [
                "sys/fs/cgroup/user/shell/cpu.max": "400000 100000\n",
                "sys/fs/cgroup/user/cpu.max": "150000 100000\n",
                "sys/fs/cgroup/other/cpu.max": "10000 100000\n",
            ], cores: 1.5),
        Groups(
            mounts: second, group: "0::/user/shell\n",
            files: [
                "sys/fs/cgroup/user/shell/cpu.max": "50000 100000\n", "sys/fs/cgroup/user/cpu.max": "max 100000\n",
            ], cores: 0.5),
        Groups(
            mounts: first, group: "5:memory:/a\n4:cpu,cpuacct:/box/inner\n1:name=systemd:/\n0::/\n",
            files: [
                "sys/fs/cgroup/cpu,cpuacct/box/inner/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu,cpuacct/box/inner/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us": "200000\n",
                "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us": "100000\n",
            ], cores: 2),
        // A container: the mount begins at its own group, which the machine knows by a longer path.
        Groups(
            mounts: "31 24 0:27 /docker/4f /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n", group: "4:cpu:/docker/4f\n",
            files: [
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "100000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            ], cores: 1),
        Groups(
            mounts: second, group: "0::/../outside\n", files: ["sys/fs/cgroup/cpu.max": "300000 100000\n"], cores: 3),
        Groups(mounts: "nonsense\n\n - \n", group: "nonsense\n", files: [:], cores: 0),
    ]

    @Test(arguments: groups.indices)
    func quotasOfControlGroupsAreRead(_ index: Int) throws {
        try Self.withRoot(Self.groups[index]) { root, groups in
            #expect(nn_cgroup_cores(root) == groups.cores)
            #expect(nn_cgroup_cores(root + "/none") == 0)
        }
    }

    static let memoryGroups: [Groups] = [
        Groups(mounts: second, group: "0::/\n", files: [:], cores: 0),
        Groups(mounts: second, group: "0::/\n", files: ["sys/fs/cgroup/memory.max": "max\n"], cores: 0),
        Groups(mounts: second, group: "0::/\n", files: ["sys/fs/cgroup/memory.max": "1048576\n"], cores: 1_048_576),
        // A group around the own one is narrower, and the high mark counts as well.
        Groups(
            mounts: second, group: "0::/user/shell\n",
            files: [
                "sys/fs/cgroup/user/shell/memory.max": "4000000\n", "sys/fs/cgroup/user/memory.max": "3000000\n",
                "sys/fs/cgroup/other/memory.max": "1000\n",
            ], cores: 3_000_000),
        Groups(
            mounts: second, group: "0::/user/shell\n",
            files: [
                "sys/fs/cgroup/user/shell/memory.max": "max\n", "sys/fs/cgroup/user/shell/memory.high": "2000000\n",
            ], cores: 2_000_000),
        // Version 1 writes the largest number of whole pages where there is no limit.
        Groups(
            mounts: first, group: "5:memory:/box/inner\n4:cpu,cpuacct:/\n",
            files: [
                "sys/fs/cgroup/memory/box/inner/memory.limit_in_bytes": "9223372036854771712\n",
                "sys/fs/cgroup/memory/box/memory.limit_in_bytes": "5000000\n",
            ], cores: 5_000_000),
        // Of processor time alone.
        Groups(
            mounts: first, group: "5:memory:/a\n4:cpu,cpuacct:/a\n",
            files: ["sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "100000\n"], cores: 0),
    ]

    @Test(arguments: memoryGroups.indices)
    func limitsOfMemoryOfControlGroupsAreRead(_ index: Int) throws {
        try Self.withRoot(Self.memoryGroups[index]) { root, groups in
            #expect(nn_cgroup_memory(root) == groups.cores)
        }
    }

    @Test func limitsOfAddressesCount() async throws {
        #expect(ProcessMemory.available > 1 << 24)
        // AddressSanitizer reserves terabytes, so that no limit leaves any.
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ").first
        guard let pages, let count = Int(pages), count * 4096 < 1 << 34 else { return }
        await #expect(processExitsWith: .success) {
            let free = ProcessMemory.available
            var limit = rlimit(rlim_cur: 1 << 34, rlim_max: 1 << 34)
            require(setrlimit(__rlimit_resource_t(9), &limit) == 0, "RLIMIT_AS")
            require(ProcessMemory.available <= 1 << 34, "a limit of addresses counts")
            require(ProcessMemory.available <= free, "and allows no more than before")
            require((ProcessMemory.leftByLimits ?? .max) < 1 << 34, "what is mapped is not left")
        }
        // Memory that a limit does not allow is a message, whatever library asks for it.
        let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            var limit = rlimit(rlim_cur: 1 << 34, rlim_max: 1 << 34)
            require(setrlimit(__rlimit_resource_t(9), &limit) == 0, "RLIMIT_AS")
            limit.rlim_cur -= rlim_t(max((ProcessMemory.leftByLimits ?? 0) - (64 << 20), 0))
            require(setrlimit(__rlimit_resource_t(9), &limit) == 0, "RLIMIT_AS")
            ProcessMemory.prepareForLimits()
            while true { _ = UnsafeMutableRawPointer.allocate(byteCount: 1 << 23, alignment: 16) }
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("out of memory: limits of the process"), "\(message)")
    }

    private static func withRoot(_ groups: Groups, _ body: (String, Groups) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "cgroups-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        var files = groups.files
        files["proc/self/mountinfo"] = groups.mounts
        files["proc/self/cgroup"] = groups.group
        for (path, text) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        try body(root.path, groups)
    }

    @Test func theAffinityCounts() async {
        await #expect(processExitsWith: .success) {
            typealias Affinity = @convention(c) (Int32, Int, UnsafeMutableRawPointer) -> Int32
            let library = try SharedLibrary("libc.so.6")
            guard let get: Affinity = library.function("sched_getaffinity"),
                let set: Affinity = library.function("sched_setaffinity")
            else { trap("the C library has no affinity") }
            // The first core that is allowed, and no other.
            var cores = [UInt8](repeating: 0, count: 8192)
            require(get(0, cores.count, &cores) > 0 || cores.contains { $0 != 0 }, "sched_getaffinity")
            let first = cores.firstIndex { $0 != 0 } ?? 0
            let core = cores[first] & (~cores[first] &+ 1)
            for index in cores.indices { cores[index] = index == first ? core : 0 }
            require(set(0, cores.count, &cores) == 0, "sched_setaffinity")
            unsetenv("NN_NUM_THREADS")
            require(Engine.threadCount == 1, "one core that may be used is one thread")
        }
    }

    /// Numbers from other threads.
    private final class Mailbox: @unchecked Sendable {
        // Sendable: the condition guards the numbers.
        private let condition = NSCondition()
        private var numbers: [Int] = []

        func put(_ number: Int) {
            condition.lock()
            numbers.append(number)
            condition.signal()
            condition.unlock()
        }

        func take() -> Int {
            condition.lock()
            defer { condition.unlock() }
            while numbers.isEmpty { condition.wait() }
            return numbers.removeFirst()
        }
    }
}
