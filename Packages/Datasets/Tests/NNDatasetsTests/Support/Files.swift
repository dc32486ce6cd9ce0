import Foundation
import NNCore
import NNDatasets
import Testing

/// A folder that is removed with its last reference.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "datasets-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// The address of a file in it; folders on the way are made.
    func file(_ path: String) throws -> URL {
        let file = url.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        return file
    }

    @discardableResult
    func write(_ bytes: [UInt8], to path: String) throws -> URL {
        let file = try file(path)
        try Data(bytes).write(to: file)
        return file
    }

    @discardableResult
    func write(_ text: String, to path: String) throws -> URL { try write(Array(text.utf8), to: path) }
}

extension TemporaryFolder {
    /// Writes a image of one shade and, with the same size, a mask of some labels in its first pixels.
    func writePair(
        _ image: String, _ mask: String, labels: [UInt8], size: Size = Size(height: 2, width: 3), shade: UInt8 = 0
    ) throws {
        let content = Image(size: size, filledWith: shade)
        if image.hasSuffix(".jpg") {
            try content.writeJPEG(to: file(image))
        } else {
            try content.writePNG(to: file(image))
        }
        try writeMask(mask, labels: labels, size: size)
    }

    func writeMask(_ path: String, labels: [UInt8], size: Size = Size(height: 2, width: 3)) throws {
        var mask = Image(size: size, channels: 1)
        mask.withUnsafeMutablePixels { for (index, label) in labels.enumerated() { $0[index] = label } }
        try mask.writePNG(to: file(path))
    }
}

extension Dataset {
    /// The labels of a sample's mask.
    func labels(at index: Int) throws -> [UInt8] {
        guard case .mask(let mask) = try sample(at: index).target else { return [] }
        return mask.pixels
    }
}

/// What an error says; nil where there is none.
func failure(of body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch {
        return String(describing: error)
    }
}

/// Expects that a process that ended wrote a message.
func expectMessage(
    _ result: ExitTest.Result?, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
) {
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains(message), "\(output)", sourceLocation: sourceLocation)
}
