import Foundation

/// The revision of a folder in a repository of git.
@_spi(Internal) public struct GitRevision: Codable, Sendable, Equatable {
    /// The hash of the commit.
    public var revision: String
    /// Whether files that git knows are changed; nil where that could not be found out in time.
    public var isDirty: Bool?

    private enum CodingKeys: String, CodingKey {
        case revision
        case isDirty = "is_dirty"
    }

    /// In a large repository on a slow disk, `git status` takes long.
    private static let patience = 5.0

    /// Asks git; nil where it is not installed, or the folder is in no repository.
    init?(of folder: String) {
        guard let hash = Self.answer(["rev-parse", "--verify", "--quiet", "HEAD"], in: folder), !hash.isEmpty else {
            return nil
        }
        revision = hash
        // New files do not count, since the folders of runs are some.
        isDirty = Self.answer(["status", "--porcelain", "--untracked-files=no"], in: folder).map { !$0.isEmpty }
    }

    /// The first bytes of what git prints, without spaces around; nil where it fails or takes too long.
    private static func answer(_ arguments: [String], in folder: String) -> String? {
        // Neither runs a program that the repository names, nor writes to it.
        let command = ["git", "-C", folder, "--no-optional-locks", "-c", "core.fsmonitor=false"] + arguments
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        defer { close(ends[0]) }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        guard let process = start(command, output: ends[1], closing: ends[0]) else {
            close(ends[1])
            return nil
        }
        close(ends[1])
        let text = read(from: ends[0], until: ContinuousClock.now + .seconds(patience))
        // Whoever has said enough may end.
        if text == nil || text?.count == limit { kill(process, SIGKILL) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard let text, status == 0 || text.count == limit else { return nil }
        return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// More than a hash.
    private static let limit = 256

    /// Starts a program with an open file as its output, and without its messages.
    private static func start(_ command: [String], output: Int32, closing other: Int32) -> pid_t? {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        #else
        var actions = posix_spawn_file_actions_t()
        #endif
        guard posix_spawn_file_actions_init(&actions) == 0 else { return nil }
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addclose(&actions, other)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let status = posix_spawnp(&process, command[0], &actions, nil, &arguments, environ)
        return status == 0 ? process : nil
    }

    /// The bytes up to the end or the limit; nil where they do not come in time.
    private static func read(from descriptor: Int32, until deadline: ContinuousClock.Instant) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: limit)
        while bytes.count < limit {
            let left = (deadline - ContinuousClock.now) / .milliseconds(1)
            var state = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = left > 0 ? poll(&state, 1, Int32(left.rounded(.up))) : 0
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return nil }
            let count = Foundation.read(descriptor, &buffer, limit - bytes.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
