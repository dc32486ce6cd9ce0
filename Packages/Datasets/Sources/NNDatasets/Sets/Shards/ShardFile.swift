import Foundation
import NNLayers
import Synchronization

/// An open file that is read at any position, by any thread.
final class ShardFile: Sendable {
    let path: String
    /// The size of the file when it was opened.
    let byteCount: Int
    private let descriptor: Int32
    /// The end of what the kernel was asked to read; nil before the first sample.
    private let advised = Mutex<Int?>(nil)

    /// How much is read ahead.
    private static let readAhead = 16 << 20

    /// - Throws: ``DatasetError`` for what is missing, empty, or not a file.
    init(_ path: String) throws(DatasetError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        var status = stat()
        let isOpen = descriptor >= 0 && fstat(descriptor, &status) == 0
        byteCount = Int(status.st_size)
        guard isOpen else {
            throw DatasetError(
                place: path, reason: "it cannot be opened: \(String(cString: strerror(errno)))",
                remedy: "Check the path and its permissions")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw DatasetError(
                place: path, reason: "it is a folder or a device, not a file", remedy: "Name tar files")
        }
        // Samples are read roughly in their order, and the window that the kernel reads ahead becomes twice as large.
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The bytes from a position on; fewer where the file ends or cannot be read.
    func bytes(at offset: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let part = pread(descriptor, buffer.baseAddress! + filled, count - filled, offset + filled)
                if part > 0 {
                    filled += part
                } else if part == 0 || errno != EINTR {
                    break
                }
            }
        }
    }

    /// Asks the kernel to read on from a sample in one sweep, ahead of its use. A shuffled order draws samples from a
    /// window that moves forward. Without this the disk would jump within the window; so it reads in sequence, and the
    /// jumps are in memory. Reads at distant positions, as of a balanced order, ask for nothing.
    func adviseReading(at offset: Int) {
        let part: Range<Int>? = advised.withLock { end in
            let start = end ?? offset
            guard offset >= start - Self.readAhead / 2, offset <= start + Self.readAhead else { return nil }
            end = max(start, offset) + Self.readAhead
            return max(start, offset)..<max(start, offset) + Self.readAhead
        }
        if let part { posix_fadvise(descriptor, part.lowerBound, part.count, POSIX_FADV_WILLNEED) }
    }
}

/// The shards of a data set, of which few are open at a time.
final class ShardFiles: Sendable {
    fileprivate struct State {
        var files: [Int: ShardFile] = [:]
        /// The open shards, the one that was used last at the end.
        var recent: [Int] = []
    }

    let paths: [String]
    /// The sizes that the shards had when they were listed.
    private let byteCounts: [Int]
    private let state = Mutex(State())

    /// Far below the usual limit of 1024 files, and above the number of shards that a shuffled order reads at a time.
    private static let limit = 64

    init(paths: [String], byteCounts: [Int]) {
        self.paths = paths
        self.byteCounts = byteCounts
    }

    /// The open shard with an index. Those that are read while others are opened stay open until then.
    /// - Throws: ``ImageError`` where it cannot be opened any more, or has another size.
    func file(_ number: Int) throws(ImageError) -> ShardFile {
        if let known = state.withLock({ state in state.use(number) }) { return known }
        let file: ShardFile
        do {
            file = try ShardFile(paths[number])
        } catch {
            throw ImageError(file: error.place, reason: error.reason, remedy: error.remedy)
        }
        if file.byteCount != byteCounts[number] { throw .changedShard(file.path) }
        state.withLock { $0.add(file, as: number, limit: Self.limit) }
        return file
    }
}

extension ShardFiles.State {
    fileprivate mutating func use(_ number: Int) -> ShardFile? {
        guard let file = files[number] else { return nil }
        if recent.last != number, let position = recent.lastIndex(of: number) {
            recent.remove(at: position)
            recent.append(number)
        }
        return file
    }

    fileprivate mutating func add(_ file: ShardFile, as number: Int, limit: Int) {
        // Another thread may have opened it meanwhile.
        if files.updateValue(file, forKey: number) == nil { recent.append(number) }
        if recent.count > limit { files[recent.removeFirst()] = nil }
    }
}

extension ImageError {
    /// The error for a shard that is not the one that was listed.
    static func changedShard(_ path: String) -> ImageError {
        ImageError(
            file: path, reason: "the shard has changed since it was opened",
            remedy: "Write shards to a new folder while others are read, and start again")
    }
}
