import Foundation

/// The image files that the arguments of a command name.
enum ImageFiles {
    private static let endings = ["png", "jpg", "jpeg"]

    /// Files as they are named, and all images in folders, at any depth, in the order of their paths.
    /// - Throws: ``CommandFailure`` for a path that does not exist, and a folder without an image.
    static func find(_ paths: [String]) throws(CommandFailure) -> [String] {
        var result: [String] = []
        for path in paths {
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
                throw CommandFailure(message: "\(path): there is no such file or folder; check the path")
            }
            if isDirectory.boolValue {
                let files = images(in: path)
                if files.isEmpty {
                    throw CommandFailure(
                        message: "\(path): there is no image in the folder; name one with "
                            + endings.map { ".\($0)" }.joined(separator: ", ") + " files")
                }
                result += files
            } else {
                result.append(path)
            }
        }
        return result
    }

    private static func images(in folder: String) -> [String] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        return names.filter { name in
            endings.contains(URL(fileURLWithPath: name).pathExtension.lowercased())
                && !name.split(separator: "/").contains { $0.hasPrefix(".") }
        }.sorted().map { prefix + $0 }
    }
}
