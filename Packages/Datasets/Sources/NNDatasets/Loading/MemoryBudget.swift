import Foundation
import Synchronization

/// Memory that several data sets share for the samples that they keep.
public final class MemoryBudget: Sendable {
    private let left: Mutex<Int>

    public init(byteCount: Int) { left = Mutex(byteCount) }

    /// A quarter of the memory that the process may have, 4 GB at most.
    public static func automatic() -> MemoryBudget {
        MemoryBudget(byteCount: min(4 << 30, processLimit / 4))
    }

    /// The memory of the machine, or of the container that the process runs in (cgroup, version 2).
    private static var processLimit: Int {
        let machine = Int(ProcessInfo.processInfo.physicalMemory)
        let text = (try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8)) ?? ""
        return min(machine, Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? machine)
    }

    /// Takes so many bytes if they are left.
    func take(_ byteCount: Int) -> Bool {
        left.withLock { left in
            guard byteCount <= left else { return false }
            left -= byteCount
            return true
        }
    }
}
