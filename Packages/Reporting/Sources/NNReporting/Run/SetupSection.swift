import Foundation
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

/// What a run was trained by: configuration, machine, versions, command lines, and the end of its log.
struct SetupSection {
    let facts: RunFacts

    var sections: [ReportSection] {
        var pieces: [HTML] = []
        if !facts.configText.isEmpty {
            pieces.append(.details("Configuration, with all defaults", .lines(facts.configText)))
        }
        pieces += machine
        pieces += log
        if pieces.isEmpty { return [] }
        return [ReportSection(anchor: "setup", title: "Setup", body: HTML(pieces))]
    }

    private var machine: [HTML] {
        guard let last = facts.sessions.last else { return [] }
        let machine = last.machine
        let processor = machine.processor
        let threads = machine.threads == 1 ? "1 thread" : "\(machine.threads) threads"
        var rows: [(name: String, value: String)] = [
            ("nnkit", machine.nnkit), ("Swift", machine.swift), ("system", machine.system),
            ("processor", "\(processor.model), \(processor.cores) cores, \(threads)"),
            ("instructions", processor.features.joined(separator: " ")),
        ]
        rows.append(("backends", machine.backends.map { "\($0.name) (\($0.details))" }.joined(separator: "; ")))
        let versions = machine.libraries.map { "\($0.name) \($0.version)" }
        rows.append(("libraries", versions.joined(separator: "; ")))
        if !last.environment.isEmpty {
            let variables = last.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            rows.append(("environment", variables.joined(separator: " ")))
        }
        let sessions = facts.sessions.enumerated().map { index, session in
            let git = session.git.map { git in
                git.revision.prefix(12) + (git.isDirty == true ? " with changes" : git.isDirty == nil ? " (?)" : "")
            }
            return [
                "\(index + 1)", session.started, "epoch \(session.epoch), step \(session.step.grouped)",
                session.commandLine.joined(separator: " "), session.folder, git.map(String.init) ?? "—",
            ]
        }
        let table = HTML.table(
            columns: ["session", "started", "from", "command line", "folder", "git"], rows: sessions,
            textColumns: [1, 2, 3, 4, 5])
        return [
            HTML("h3", text: "Machine"), .facts(rows), HTML("h3", text: "Sessions"), table,
        ]
    }

    /// How much of the log is shown.
    private static let lineLimit = 60

    private var log: [HTML] {
        // The end of a long log is enough.
        guard let text = FileEnd.text(of: facts.run.file("log.txt"), byteLimit: 60_000) else { return [] }
        let lines = text.split(separator: "\n").suffix(Self.lineLimit)
        if lines.isEmpty { return [] }
        return [
            HTML("h3", text: "Log"),
            .details("The last \(lines.count) lines of log.txt", .lines(lines.joined(separator: "\n"))),
        ]
    }
}

/// The end of a file.
enum FileEnd {
    /// The last bytes, from the first whole line on; nil where there is no such file.
    static func text(of file: URL, byteLimit: UInt64) -> String? {
        guard let handle = try? FileHandle(forReadingFrom: file) else { return nil }
        defer { try? handle.close() }
        guard let size = try? handle.seekToEnd() else { return nil }
        let start = size > byteLimit ? size - byteLimit : 0
        guard (try? handle.seek(toOffset: start)) != nil, let data = try? handle.readToEnd() else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        if start == 0 { return text }
        return text.firstIndex(of: "\n").map { String(text[$0...]) } ?? text
    }
}
