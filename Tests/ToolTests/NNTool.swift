import Foundation

/// The built `nn` executable, run as a process.
enum NNTool {
    /// The result of a process.
    struct Outcome {
        let exitCode: Int32
        let output: String
        let errors: String

        /// The lines of standard error that report an error.
        var errorLines: [String] {
            errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("error: ") }
        }
    }

    /// It is in the folder of the executable that runs the tests.
    static let url: URL = {
        let tests = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).resolvingSymlinksInPath()
        return tests.deletingLastPathComponent().appending(path: "nn")
    }()

    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardizedFileURL

    /// Runs the tool to its end.
    /// - Parameter environment: Variables in addition to those of the tests.
    static func run(
        _ arguments: [String], in folder: URL, environment: [String: String] = [:]
    ) throws -> Outcome {
        try run(url, arguments, in: folder, environment: environment)
    }

    /// Runs a shell command, in which `$NN` is the tool.
    static func shell(_ line: String, in folder: URL) throws -> Outcome {
        try run(URL(fileURLWithPath: "/bin/sh"), ["-c", line], in: folder, environment: ["NN": url.path])
    }

    private static func run(
        _ executable: URL, _ arguments: [String], in folder: URL, environment: [String: String]
    ) throws -> Outcome {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ["NN_TUNING": "off"].merging(ProcessInfo.processInfo.environment) { $1 }
            .merging(environment) { $1 }
        // Files rather than pipes, which would have to be read while the process runs.
        let files = try ["out", "err"].map { name in
            let file = FileManager.default.temporaryDirectory.appending(path: "nn-\(UUID().uuidString).\(name)")
            try Data().write(to: file)
            return file
        }
        defer { for file in files { try? FileManager.default.removeItem(at: file) } }
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        // As a shell reports it: 128 and the signal.
        let signal: Int32 = process.terminationReason == .uncaughtSignal ? 128 : 0
        return Outcome(exitCode: signal + process.terminationStatus, output: texts[0], errors: texts[1])
    }
}
