import Foundation
import NNLayers
import Testing

@testable import NNDatasets

@Suite struct UnreadFilesTests {
    let folder = try! TemporaryFolder()

    func fill(_ split: String) throws {
        for name in ["a.png", "b.PNG", ".hidden.png"] {
            try Image(size: 4).writePNG(to: folder.file("\(split)/cat/\(name)"))
        }
        try Image(size: 4).writeJPEG(to: folder.file("\(split)/cat/c.jfif"))
    }

    @Test func otherImagesAreCountedInOneNote() throws {
        try fill("train")
        try fill("validation")
        let jpeg = [UInt8](try Data(contentsOf: folder.url.appending(path: "train/cat/c.jfif")))
        let gif = Array("GIF89a..........".utf8)
        for (name, bytes) in [
            ("x.gif", gif), ("deep/y.GIF", gif), ("x.bmp", [0x42, 0x4d, 0]), ("x.HEIC", [1]), ("x.webp", [2]),
            ("x.tif", [3]), ("photo.dat", jpeg), ("photo", jpeg),
            // None of an image, and litter.
            ("x.txt", Array("GIF, but text in between".utf8)), ("Thumbs.db", [1]), (".DS_Store", [1]), ("._x.gif", gif),
        ] {
            try folder.write(bytes, to: "train/cat/\(name)")
        }
        let report = DataCheck().run { try ClassFolders(path: folder.url.path, split: $0) }
        let notes = report.findings.filter { $0.kind == .unreadFiles }
        #expect(notes.count == 1)
        #expect(
            notes.first?.message
                == "8 image files are not read: 2 .gif, 1 .bmp, 1 .dat, 1 .heic, 1 .tif, 1 .webp, 1 without an ending")
        #expect(notes.first?.severity == .note)
        #expect(report.splits.first?.samples == 3)
        let clean = DataCheck().run { _ in try ClassFolders(path: folder.url.path, split: .validation) }
        #expect(!clean.findings.contains { $0.kind == .unreadFiles })
    }

    @Test func imagesThatNoSampleHasAreCounted() throws {
        try fill("classes/train")
        for name in ["loose.png", ".hidden.png"] {
            try Image(size: 4).writePNG(to: folder.file("classes/train/\(name)"))
        }
        try folder.write([UInt8]("text".utf8), to: "classes/train/list.txt")
        let classes = try ClassFolders(path: folder.url.appending(path: "classes").path)
        #expect(classes.count == 3)
        #expect(classes.unreadFiles.text == "1 image file is not read: 1 outside the class folders")
        #expect(classes.unreadFiles.example?.hasSuffix("classes/train/loose.png") == true)

        for name in ["a", "b", "deep/c"] {
            try Image(size: 4).writePNG(to: folder.file("pairs/images/train/\(name).png"))
            try Image(size: 4, channels: 1).writePNG(to: folder.file("pairs/masks/train/\(name).png"))
        }
        func unread(_ masks: MaskFolders) -> String? { masks.unreadFiles.text }
        let path = folder.url.appending(path: "pairs").path
        #expect(try unread(MaskFolders(path: path, classCount: 2)) == nil)
        for name in ["deep/d.png", "e.png", "a.PNG"] {
            try Image(size: 4, channels: 1).writePNG(to: folder.file("pairs/masks/train/\(name)"))
        }
        #expect(
            try unread(MaskFolders(path: path, classCount: 2))
                == "3 image files are not read: 2 in the mask folder without an image, 1 in the mask folder beside another "
                + "of the same name")

        // Images and masks in one folder, told apart by their suffixes.
        for name in ["a", "a_mask", "b", "b_mask", "c_mask"] {
            try Image(size: 4, channels: 1).writePNG(to: folder.file("both/all/train/\(name).png"))
        }
        for (image, mask, text) in [
            ("", "_mask", "1 image file is not read: 1 in the mask folder without an image"),
            ("_mask", "", "1 image file is not read: 1 in the mask folder without an image"),
        ] {
            if image == "_mask" {
                try FileManager.default.removeItem(at: folder.url.appending(path: "both/all/train/c_mask.png"))
                try Image(size: 4, channels: 1).writePNG(to: folder.file("both/all/train/c.png"))
            }
            let set = try MaskFolders(
                path: folder.url.appending(path: "both").path, images: "all/{split}", masks: "all/{split}",
                imageSuffix: image, maskSuffix: mask, classCount: 2)
            #expect(set.count == 2)
            #expect(unread(set) == text)
        }
    }

    @Test func wrongOrientationsAreFound() throws {
        for index in [0, 9] {
            let name = "orientation\(index).png"
            let file = try #require(
                Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures/images"))
            try FileManager.default.copyItem(at: file, to: folder.file("train/cat/\(name)"))
        }
        let report = DataCheck().run { _ in try ClassFolders(path: folder.url.path) }
        let found = report.findings(of: .warning).filter { $0.kind == .unusualImage }
        #expect(found.count == 3 || found.count == 1)
        #expect(found.first?.message.contains("EXIF orientation that does not exist") == true)
    }

    /// Names in two Unicode forms, and as long as they may be, are files like others.
    @Test func namesAreBytes() throws {
        let long = String(repeating: "n", count: 251)
        for name in ["caf\u{e9}.png", "cafe\u{301}.png", "\(long).png"] {
            try Image(size: 4).writePNG(to: folder.file("short.png"))
            let target = try folder.file("train/cat/\(name)")
            #expect(rename(folder.url.appending(path: "short.png").path, target.path) == 0)
        }
        let set = try ClassFolders(path: folder.url.path)
        #expect(set.count == 3)
        for index in 0..<3 { #expect(try set.sample(at: index).image.size == 4) }
        // In an order that does not depend on the file system.
        let paths = (0..<2).map { Array(set.files(at: $0)[0].utf8) }
        #expect(paths[0] != paths[1])
        #expect(paths[0].lexicographicallyPrecedes(paths[1]))
    }

    @Test func aNameThatIsNotUTF8IsTheTrouble() throws {
        try Image(size: 4).writePNG(to: folder.file("train/cat/a.png"))
        let path = Array(folder.url.path.utf8) + Array("/train/cat/caf".utf8) + [0xe9] + Array(".png".utf8)
        let name = path.map { CChar(bitPattern: $0) } + [0]
        #expect(rename(folder.url.appending(path: "train/cat/a.png").path, name) == 0)
        let set = try ClassFolders(path: folder.url.path)
        let message = failure { _ = try set.sample(at: 0) }
        #expect(message?.contains("its name is not UTF-8. Rename it") == true, "\(message ?? "none")")
    }

    /// Nor is a folder of images left out for its name.
    @Test func foldersWhoseNamesAreNotUTF8AreTheTrouble() throws {
        func spoil(_ path: String) {
            let bytes = Array(folder.url.appending(path: path).path.utf8) + [0xe9]
            #expect(rename(folder.url.appending(path: path).path, bytes.map { CChar(bitPattern: $0) } + [0]) == 0)
        }
        try Image(size: 4).writePNG(to: folder.file("train/cat/a.png"))
        try Image(size: 4).writePNG(to: folder.file("train/cat/deep/b.png"))
        spoil("train/cat/deep")
        let set = try ClassFolders(path: folder.url.path)
        #expect(set.count == 2)
        let messages = (0..<2).compactMap { index in failure { _ = try set.sample(at: index) } }
        #expect(messages.count == 1 && messages[0].contains("its name is not UTF-8. Rename it"), "\(messages)")
        try Image(size: 4).writePNG(to: folder.file("train/dog/a.png"))
        spoil("train/dog")
        let message = failure { _ = try ClassFolders(path: folder.url.path) }
        #expect(message?.contains("the name of the class folder is not UTF-8") == true, "\(message ?? "none")")
    }
}
