import Foundation
@_spi(Internal) import NNCore
import NNTraining
import SwiftProtobuf

/// A folder of event files, which readers show as one run.
struct EventFolder {
    let url: URL

    /// What the name of every event file has, by which readers know them.
    private static let mark = "tfevents"

    /// The names of the event files in the order in which they are read.
    var fileNames: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        return names.filter { $0.contains(Self.mark) && !$0.hasPrefix(".") }.sorted()
    }

    /// Creates the folder and an empty file that is read after all others.
    /// - Throws: `RunError` where that is impossible.
    func makeFile() throws(RunError) -> (url: URL, descriptor: Int32) {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw failure(SystemError.text(of: error))
        }
        // Readers go by the seconds, also where a clock was set back.
        let latest = fileNames.compactMap { Int($0.split(separator: ".").dropFirst(3).first ?? "") }.max() ?? 0
        let second = max(Int(Date().timeIntervalSince1970), latest + 1)
        for second in second..<second + 100 {
            let file = url.appendingPathComponent("events.out.\(Self.mark).\(second).\(Self.hostName).\(getpid())")
            let descriptor = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
            if descriptor >= 0 { return (file, descriptor) }
            if errno != EEXIST { break }
        }
        throw failure(SystemError().description)
    }

    /// Removes all events of earlier files but some.
    ///
    /// Each file is replaced by one without them, and without a last record that is torn. One that has no other stays, since
    /// a reader that watches gives up the folder where its file is gone.
    /// - Parameter isKept: Whether an event stays; called in the order of reading.
    /// - Throws: `RunError` where a file cannot be read or replaced.
    func cut(_ isKept: (Tensorboard_Event) -> Bool) throws(RunError) {
        AtomicFile.removeUnfinished(in: url)
        for name in fileNames { try cut(url.appendingPathComponent(name), isKept) }
    }

    private func cut(_ file: URL, _ isKept: (Tensorboard_Event) -> Bool) throws(RunError) {
        let content: Data
        do {
            content = try Data(contentsOf: file)
        } catch {
            throw RunError("cannot read '\(file.path)': \(SystemError.text(of: error))")
        }
        var kept = Data()
        for range in EventRecord.events(in: content) {
            // What is no event cannot be read by others either.
            guard let event = try? Tensorboard_Event(serializedBytes: content[range]) else { continue }
            if case .fileVersion = event.what {} else if !isKept(event) { continue }
            kept += content[EventRecord.record(around: range)]
        }
        if kept.count == content.count { return }
        do {
            try AtomicFile.write(kept, to: file)
        } catch {
            throw RunError("'\(file.path)' \(error.reason)")
        }
    }

    private func failure(_ reason: String) -> RunError {
        RunError(
            "cannot write event files of TensorBoard to '\(url.path)': \(reason); make the folder writable, or name "
                + "another one by the option 'folder'")
    }

    /// The name of this machine, with a dash for everything that a name of a file should not have.
    private static var hostName: String {
        var bytes = [UInt8](repeating: 0, count: 256)
        let status = bytes.withUnsafeMutableBytes { gethostname($0.bindMemory(to: CChar.self).baseAddress!, 255) }
        let name = status == 0 ? String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) : ""
        let characters = name.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "-" ? $0 : "-" }
        return characters.isEmpty ? "host" : String(characters)
    }
}
