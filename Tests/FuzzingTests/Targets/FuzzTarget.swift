import Foundation
import NNLayers
import NNTIFF
import NNWebP

/// A reader that is given arbitrary bytes: by the fuzzer, and those of the corpus by a test.
///
/// A reader of a format in a plugin joins by a case here, its call in ``run(_:)``, and a folder of seeds in the corpus.
public enum FuzzTarget: String, CaseIterable, Sendable {
    case config, settings, safetensors, pickle, zip, hdf5, png, jpeg, tiff, webp, coco, labelme, cvat, yolo, lists,
        tables, cifar, shards,
        checkpoint

    /// Reads bytes. Whatever they are, it returns or throws within a second.
    /// - Returns: Whether they were something; others teach a fuzzer little.
    @discardableResult
    public func run(_ bytes: [UInt8]) throws -> Bool {
        switch self {
        case .config: try TextTargets.config(bytes)
        case .settings: try TextTargets.settings(bytes)
        case .lists: try TextTargets.lists(bytes)
        case .tables: try TextTargets.tables(bytes)
        case .safetensors: try WeightTargets.safetensors(bytes)
        case .pickle: try WeightTargets.pickle(bytes)
        case .zip: try WeightTargets.zip(bytes)
        case .hdf5: try WeightTargets.hdf5(bytes)
        case .checkpoint: try WeightTargets.checkpoint(bytes)
        case .png: try ImageTargets.png(bytes)
        case .jpeg: try ImageTargets.jpeg(bytes)
        case .tiff: try ImageTargets.decode(bytes, TIFFFormat())
        case .webp: try ImageTargets.decode(bytes, WebPFormat())
        case .cifar: try ImageTargets.cifar(bytes)
        case .shards: try ShardTargets.shards(bytes)
        case .coco: try AnnotationTargets.coco(bytes)
        case .labelme: try AnnotationTargets.labelme(bytes)
        case .cvat: try AnnotationTargets.cvat(bytes)
        case .yolo: try AnnotationTargets.yolo(bytes)
        }
        return true
    }
}

/// The files that readers of paths are given, in memory where the system has a file system for that.
final class ScratchFolder: Sendable {
    static let shared = ScratchFolder()

    let url: URL

    private init() {
        let memory = URL(filePath: "/dev/shm", directoryHint: .isDirectory)
        let isThere = FileManager.default.isWritableFile(atPath: memory.path)
        url = (isThere ? memory : FileManager.default.temporaryDirectory)
            .appending(path: "nn-fuzz-\(ProcessInfo.processInfo.processIdentifier)", directoryHint: .isDirectory)
        try! FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(at: ScratchFolder.shared.url) }
    }

    /// Writes a file, in place of the one before.
    func write(_ bytes: [UInt8], to name: String) -> URL {
        let file = url.appending(path: name)
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        require(descriptor >= 0, "fuzzing: \(file.path) cannot be written")
        bytes.withUnsafeBytes { require(write(descriptor, $0.baseAddress, $0.count) == $0.count, "fuzzing: no space") }
        close(descriptor)
        return file
    }

    private func write(_ descriptor: Int32, _ address: UnsafeRawPointer?, _ count: Int) -> Int {
        count == 0 ? 0 : Foundation.write(descriptor, address!, count)
    }
}
