import NNDatasets
import Foundation
import NNLayers

/// An empty folder to run the tool in, which is removed with its owner.
final class WorkFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "nn-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Every file and folder in it, by its relative path.
    var contents: Set<String> {
        Set(FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String } ?? [])
    }

    /// The same without the cache of data checks, which stays if training then fails.
    var contentsBesideDataChecks: Set<String> {
        contents.filter { $0 != "runs" && !$0.hasPrefix("runs/.data-check") }
    }

    func write(_ text: String, to path: String) throws { try write(Data(text.utf8), to: path) }

    func write(_ data: Data, to path: String) throws {
        let file = url.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    /// Two classes of plain images, red and blue, as class folders.
    func makeClassFolders(count: Int = 8, size: Size = 16) throws {
        for (name, color) in [("red", [200, 20, 20]), ("blue", [20, 20, 200])] as [(String, [UInt8])] {
            for split in ["train", "validation"] {
                let folder = url.appending(path: "data/\(split)/\(name)")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                for index in 0..<count {
                    // For up to 8 images, those of one split are different from those of the other.
                    let shade = (split == "train" ? index : index + 8) * 5
                    let pixels = (0..<size.area).flatMap { pixel in
                        let texture = UInt8((pixel * 7 + shade) % 16)
                        return color.map { $0 &+ texture }
                    }
                    try Image(size: size, channels: 3, pixels: pixels)
                        .writePNG(to: folder.appending(path: "\(index).png"))
                }
            }
        }
    }

    /// A configuration that trains on the class folders, or on other data, within a second.
    func writeConfig(
        _ name: String = "tiny.yaml", dataset: String = "{type: class_folders, path: data}", changes: String = ""
    ) throws {
        try write(
            """
            model:
              backbone: {type: resnet_cifar, depth: 8}
              head: classifier
            data:
              dataset: \(dataset)
              batch_size: 4
            optimizer: {type: sgd, lr: 0.01}
            epochs: 2
            \(changes)
            """, to: name)
    }
}
