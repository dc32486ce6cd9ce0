import Foundation

/// The folder of a training run: `runs/CONFIGURATION/TIMESTAMP`.
public struct RunDirectory: Sendable, Hashable {
    public let url: URL

    /// Makes a new folder, never one that another run has.
    ///
    /// - Parameters:
    ///   - root: The folder of all runs; it is made where there is none.
    ///   - configuration: The name of what is trained, usually that of the configuration file.
    ///   - date: The time of the start.
    /// - Throws: ``RunError`` if it cannot be made.
    public static func create(
        in root: URL, configuration: String, date: Date = Date()
    ) throws(RunError) -> RunDirectory {
        let parent = root.appendingPathComponent(folderName(for: configuration), isDirectory: true)
        do {
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        } catch {
            throw RunError("cannot make the folder of runs '\(parent.path)': \(error.localizedDescription)")
        }
        let name = timestamp(date)
        for number in 1...1000 {
            let url = parent.appendingPathComponent(number == 1 ? name : "\(name)-\(number)", isDirectory: true)
            // mkdir itself says whether the name was free: a test before it could be overtaken.
            if mkdir(url.path, 0o777) == 0 { return RunDirectory(url: url) }
            let code = errno
            guard code == EEXIST else {
                throw RunError("cannot make the run folder '\(url.path)': \(String(cString: strerror(code)))")
            }
        }
        throw RunError("there are 1000 runs of '\(parent.path)/\(name)'; choose another folder for runs")
    }

    /// The folder of an earlier run.
    /// - Throws: ``RunError`` if there is no such folder.
    public init(existing url: URL) throws(RunError) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw RunError("there is no run folder '\(url.path)'")
        }
        self.url = url
    }

    /// The run of a configuration that was started last; nil where there is none.
    ///
    /// Folders that were given another name than that of a time are passed over.
    /// - Parameter checkpoint: What it must hold; nil for a folder of any contents.
    public static func latest(
        in root: URL, configuration: String, holding checkpoint: CheckpointName? = nil
    ) -> RunDirectory? {
        let parent = root.appendingPathComponent(folderName(for: configuration), isDirectory: true)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
        // Their names are times, with a number where one second saw several.
        return names.filter { $0.prefixMatch(of: /\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d/) != nil }
            .sorted { $0.compare($1, options: .numeric) == .orderedDescending }
            .map { RunDirectory(url: parent.appendingPathComponent($0, isDirectory: true)) }
            .first { run in checkpoint.map(run.has) ?? true }
    }

    private init(url: URL) { self.url = url }

    /// The place of a file in the folder.
    public func file(_ name: String) -> URL { url.appendingPathComponent(name) }

    /// Letters, digits, dots, dashes and underscores are kept, since a name may come from anywhere.
    static func folderName(for configuration: String) -> String {
        let kept = configuration.map { character in
            character.isASCII && (character.isLetter || character.isNumber) || "._-".contains(character)
                ? character : "-"
        }
        let name = String(kept.drop { $0 == "." })
        return name.isEmpty ? "run" : name
    }

    static func timestamp(_ date: Date, in timeZone: TimeZone = .current) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = timeZone
        formatter.dateFormat = "yyyy-MM-dd_HH-mm-ss"
        return formatter.string(from: date)
    }
}

/// A run folder that cannot be made, read or written.
public struct RunError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
