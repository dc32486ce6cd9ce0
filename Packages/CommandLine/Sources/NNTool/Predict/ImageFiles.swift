import Foundation

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

    private static let imageEndings = ["png", "jpg", "jpeg"]
    static let videoEndings = ["mp4", "mov", "avi", "mkv", "webm", "m4v", "mpg", "mpeg"]

    /// Files as given, and all images and videos in folders, at any depth, sorted by path. Names are unique.
    /// - Throws: ``CommandFailure`` for a path that does not exist, and a folder without images.
    static func find(_ paths: [String]) throws(CommandFailure) -> [Input] {
        var result: [Input] = []
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
        for path in paths {
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
                throw CommandFailure(message: "\(path): there is no such file or folder; check the path")
            }
            if isDirectory.boolValue {
                let files = files(in: path)
                if files.isEmpty {
                    throw CommandFailure(
                        message: "\(path): there are no images in the folder; name one with "
                            + imageEndings.map { ".\($0)" }.joined(separator: ", ") + " files")
                }
                let prefix = path.hasSuffix("/") ? path : path + "/"
                for file in files { add(prefix + file, file) }
            } else {
                add(path, URL(fileURLWithPath: path).lastPathComponent)
            }
        }
        return result
    }

    /// Paths within a folder.
    private static func files(in folder: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return names.filter { name in
            (imageEndings + videoEndings).contains(URL(fileURLWithPath: name).pathExtension.lowercased())
                && !name.split(separator: "/").contains { $0.hasPrefix(".") }
        }.sorted()
    }
}
