import Foundation
import NNCore
import Testing

@_spi(Internal) @testable import NNDatasets

@Suite struct DataFingerprintTests {
    @Test func changesWithFilesAndLabels() throws {
        let folder = try TemporaryFolder()
        for name in ["a", "b"] { try Image.patterned(4).writePNG(to: folder.file("\(name).png")) }
        var options = MapFile.Options()
        options.classes = ["x", "y"]
        func fingerprint(_ list: String) throws -> DataFingerprint {
            options.train = try folder.write(list, to: "list.txt").path
            return try DataFingerprint(of: [options.dataset(.train)])
        }
        let list = "a.png\t0\nb.png\t1\n"
        let first = try fingerprint(list)
        #expect(first.fileCount == 2)
        #expect(try fingerprint(list) == first)
        #expect(try fingerprint("a.png\t1\nb.png\t1\n") != first)
        #expect(try fingerprint("a.png\t0\n") != first)
        // The same size, at another time.
        let file = try folder.file("a.png")
        let size = try Data(contentsOf: file).count
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: file.path)
        let touched = try fingerprint(list)
        #expect(touched != first)
        // Another size, at the same time.
        try folder.write([UInt8](repeating: 0, count: size + 1), to: "a.png")
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_000_000)], ofItemAtPath: file.path)
        #expect(try fingerprint(list) != touched)
        try FileManager.default.removeItem(at: file)
        #expect(try fingerprint(list) != touched)
    }

    @Test func changesWithColorsOfClasses() throws {
        let folder = try TemporaryFolder()
        try folder.writePair("images/train/a.png", "masks/train/a.png", labels: [])
        func fingerprint(_ color: String) throws -> DataFingerprint {
            var options = MaskFolders.Options()
            options.path = folder.url.path
            try folder.write("road #804080\nsky \(color)\n", to: "classes.txt")
            options.classes = .file(folder.url.path + "/classes.txt")
            return try DataFingerprint(of: [options.dataset(.train)])
        }
        #expect(try fingerprint("#0000FF") == fingerprint("#0000FF"))
        #expect(try fingerprint("#0000FF") != fingerprint("#0000FE"))
    }

    @Test func madeImagesHaveNoFiles() throws {
        #expect(try DataFingerprint(of: [Shapes()]).fileCount == 0)
    }
}
