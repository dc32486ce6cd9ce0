import Foundation

/// An ffmpeg or ffprobe process, with a pipe to or from it.
final class FFmpeg {
    private let process = Process()
    private let pipe = Pipe()
    private let errors: FileHandle

    /// Starts a process.
    /// - Parameter reads: Whether to read its output; otherwise its input is written.
    /// - Throws: ``CommandFailure`` if the program is not installed.
    init(_ program: String, _ arguments: [String], reads: Bool) throws {
        guard let url = Self.find(program) else {
            throw CommandFailure(
                message: "videos need \(program), which is not installed; install it (Debian: apt install ffmpeg), "
                    + "or extract the frames as images")
        }
        // Errors go to a file, since a pipe that nobody reads would block a process that reports many. The file is
        // unlinked at once, so that nothing is left whatever happens.
        let file = FileManager.default.temporaryDirectory.appending(path: "nnkit-\(UUID().uuidString).log")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        errors = try FileHandle(forUpdating: file)
        process.executableURL = url
        process.arguments = arguments
        process.standardError = errors
        process.standardInput = reads ? FileHandle.nullDevice : pipe
        process.standardOutput = reads ? pipe : FileHandle.nullDevice
        // Writing to a process that has ended is an error, not the end of this process.
        signal(SIGPIPE, SIG_IGN)
        try process.run()
        // While our copy of the process's end is open, the stream does not end.
        try (reads ? pipe.fileHandleForWriting : pipe.fileHandleForReading).close()
    }

    /// The next bytes; nil at the end.
    func read(atMost count: Int) -> [UInt8]? {
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var result = 0
            repeat {
                result = Foundation.read(pipe.fileHandleForReading.fileDescriptor, buffer.baseAddress, count)
            } while result < 0 && errno == EINTR
            filled = Swift.max(result, 0)
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// Writes all bytes.
    /// - Returns: Whether the process took them.
    func write(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var rest = UnsafeRawBufferPointer(rebasing: buffer[...])
            while !rest.isEmpty {
                let count = Foundation.write(
                    pipe.fileHandleForWriting.fileDescriptor, rest.baseAddress, rest.count)
                if count < 0 && errno != EINTR { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest[Swift.max(count, 0)...])
            }
            return true
        }
    }

    /// How a process ended.
    struct Ending {
        let hasFailed: Bool
        /// The last line of its error output, or its exit code; nil if all went well. A damaged video causes error
        /// output, but often no failure.
        let complaint: String?
    }

    /// Closes the pipe and waits for the process.
    @discardableResult
    func finish() -> Ending {
        try? pipe.fileHandleForWriting.close()
        try? pipe.fileHandleForReading.close()
        process.waitUntilExit()
        // The process has moved the offset of the shared file.
        try? errors.seek(toOffset: 0)
        let text = String(decoding: (try? errors.readToEnd()) ?? Data(), as: UTF8.self)
        let status = process.terminationStatus
        return Ending(
            hasFailed: status != 0,
            complaint: text.split(separator: "\n").last.map(String.init) ?? (status == 0 ? nil : "exit code \(status)"))
    }

    /// A path as both programs accept it: one that begins with `-` could be an option, and one with a colon could
    /// begin with a protocol.
    static func argument(_ path: String) -> String { "file:" + path }

    /// The frames per second, as a fraction such as `30000/1001`, and the number of frames, as stated by a video; nil
    /// if it does not state them.
    static func properties(of path: String) throws -> (frameRate: String?, frameCount: Int?) {
        let probe = try FFmpeg(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=avg_frame_rate,nb_frames", "-of",
                "default=nokey=1:noprint_wrappers=1", argument(path),
            ], reads: true)
        var bytes: [UInt8] = []
        while let more = probe.read(atMost: 256) { bytes += more }
        probe.finish()
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let rate = lines.first?.split(separator: "/").compactMap { Int($0) } ?? []
        let isRate = rate.count == 2 && rate.allSatisfy { $0 > 0 }
        return (isRate ? "\(rate[0])/\(rate[1])" : nil, lines.last.flatMap { Int($0) })
    }

    private static func find(_ program: String) -> URL? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return folders.map { URL(fileURLWithPath: "\($0)/\(program)") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }
}
