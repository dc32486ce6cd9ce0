import Foundation
import NNDatasets

/// The image and video files named by the arguments of a command.
enum ImageFiles {
    /// A file, and the name of its results.
    struct Input: Hashable {
        /// The path as given, or within the folder that was given.
        var path: String
        /// The path within the folder that was given, or the name of the file, without extension.
        var name: String

        var url: URL { URL(fileURLWithPath: path) }
        var isVideo: Bool { ImageFiles.videoEndings.contains(url.pathExtension.lowercased()) }
    }

    static let videoEndings = ["mp4", "mov", "avi", "mkv", "webm", "m4v", "mpg", "mpeg"]

    /// Checks that all paths exist, before a network is loaded for them.
    /// - Throws: ``CommandFailure`` for the first that does not.
    static func checkPaths(_ paths: [String]) throws(CommandFailure) {
        for path in paths where !FileManager.default.fileExists(atPath: path) {
            throw CommandFailure(message: "\(path): there is no such file or folder; check the path")
        }
    }

    /// Files as given, and all images and videos in folders, at any depth, sorted by path. Names are unique.
    /// - Parameter reader: Knows the endings of images.
    /// - Returns: The files, and the images in folders that are not read.
    /// - Throws: ``CommandFailure`` for a path that does not exist, and a folder without images.
    static func find(
        _ paths: [String], _ reader: ImageReader
    ) throws(CommandFailure) -> (inputs: [Input], unread: UnreadFiles) {
        var result: [Input] = []
        var unread = UnreadFiles()
        var taken: Set<String> = []
        func add(_ path: String, _ name: String) {
            let stem = (name as NSString).deletingPathExtension
            var unique = stem
            var number = 1
            while !taken.insert(unique).inserted {
                number += 1
                unique = "\(stem)-\(number)"
            }
            result.append(Input(path: path, name: unique))
        }
        try checkPaths(paths)
        for path in paths {
            var isDirectory: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
            if isDirectory.boolValue {
                let (files, others) = reader.files(in: URL(fileURLWithPath: path), besides: videoEndings)
                unread.add(others)
                if files.isEmpty {
                    throw CommandFailure(
                        message: "\(path): there are no images in the folder; name one with "
                            + reader.fileExtensions.sorted().map { ".\($0)" }.joined(separator: ", ") + " files"
                            + (others.text.map { "; \($0)" } ?? ""))
                }
                let prefix = path.hasSuffix("/") ? path : path + "/"
                for file in files { add(prefix + file, file) }
            } else {
                add(path, URL(fileURLWithPath: path).lastPathComponent)
            }
        }
        return (result, unread)
    }

    /// Calls `body` for each input, and reports errors, so that one broken file does not stop the others.
    /// - Parameter title: What is done, for the progress.
    /// - Returns: Whether all inputs succeeded.
    /// - Throws: ``CommandFailure`` after Ctrl-C only.
    static func forEach(
        _ inputs: [Input], title: String, _ reader: ImageReader, _ console: Console, _ body: (Input) throws -> Void
    ) throws -> Bool {
        var failures = 0
        for (index, input) in inputs.enumerated() {
            console.show(
                ProgressLine(title: title, fraction: Double(index) / Double(inputs.count), figures: [input.path]))
            do {
                try body(input)
            } catch let failure as CommandFailure where failure.exitCode == InterruptWatch.exitCode {
                throw failure
            } catch {
                failures += 1
                console.report(ErrorReport(error).message)
            }
        }
        console.clearStatus()
        console.report(orientationsIgnoredIn: inputs.lazy.filter { !$0.isVideo }.map(\.path), by: reader)
        return failures == 0
    }

    /// Checks the names of results before any is written.
    /// - Parameters:
    ///   - results: The files with what each is written for, such as the path of an input.
    ///   - inputs: The files that are read.
    /// - Throws: ``CommandFailure`` if a result would overwrite an input or another result.
    static func checkResults(_ results: [(url: URL, owner: String)], over inputs: [Input]) throws(CommandFailure) {
        func path(of url: URL) -> String { url.standardizedFileURL.resolvingSymlinksInPath().path }
        let sources = Set(inputs.map { path(of: $0.url) })
        var owners: [String: String] = [:]
        for (url, owner) in results {
            if sources.contains(path(of: url)) {
                throw CommandFailure(
                    message: "\(url.relativePath): a result would overwrite this input; choose another folder with "
                        + "--output")
            }
            if let other = owners.updateValue(owner, forKey: path(of: url)) {
                throw CommandFailure(
                    message: "\(url.relativePath): would be written for \(other) and for \(owner); "
                        + "rename one, or predict them into different folders with --output")
            }
        }
    }
}
