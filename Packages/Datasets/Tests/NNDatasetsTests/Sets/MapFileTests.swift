import Foundation
import NNCore
import Testing

@testable import NNDatasets

@Suite struct MapFileTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try Image(size: 2, filledWith: 10).writePNG(to: folder.file("lists/some images/a b.png"))
        try Image(size: 2, filledWith: 20).writePNG(to: folder.file("other/c.png"))
    }

    func dataset(_ text: String, classCount: Int? = 3, classes: [String]? = nil) throws -> any Dataset {
        var options = MapFile.Options()
        options.train = try folder.write(text, to: "lists/train.txt").path
        options.classCount = classCount
        options.classes = classes
        return try options.dataset(.train)
    }

    @Test func pathsAreRelativeToTheList() throws {
        let absolute = folder.url.appending(path: "other/c.png").path
        let dataset = try dataset("some images/a b.png\t2\n../other/c.png\t0\n\(absolute)\t1\n")
        #expect(dataset.classNames == ["0", "1", "2"])
        let samples = try (0..<dataset.count).map { try dataset.sample(at: $0) }
        #expect(samples.map(\.target) == [.label(2), .label(0), .label(1)])
        #expect(samples.map(\.image[0, 0]) == [10, 20, 20])
    }

    @Test func pathsMayBeginWithASlash() throws {
        let dataset = try dataset("/some images/a b.png\t2\n")
        #expect(try dataset.sample(at: 0).image[0, 0] == 10)
    }

    @Test func windowsLineEndsAndByteOrderMark() throws {
        let dataset = try dataset("\u{feff}some images/a b.png\t1\r\n\r\n \t \r\n../other/c.png\t2\r\n")
        #expect(dataset.count == 2)
        #expect(try dataset.sample(at: 0).target == .label(1))
        #expect(try dataset.sample(at: 1).target == .label(2))
    }

    /// What PowerShell's `>` writes, with and without the mark, in both orders; and Latin-1.
    @Test func otherEncodingsAreNamed() throws {
        let text = "a.png\t0\r\nb.png\t1\r\n"
        for encoding in [String.Encoding.utf16, .utf16LittleEndian, .utf16BigEndian] {
            let file = try folder.file("lists/utf16.txt")
            try #require(text.data(using: encoding)).write(to: file)
            let error = #expect(throws: DatasetError.self) { try MapFile(path: file.path, classCount: 2) }
            #expect(error?.description.contains("UTF-16") == true)
        }
        let binary = try folder.write("a.png\t0\nb\0.png\t1\n", to: "lists/zero.txt")
        let zero = #expect(throws: DatasetError.self) { try MapFile(path: binary.path, classCount: 2) }
        #expect(zero?.description.contains("zero.txt: it has zero bytes, and is not text") == true)
        let file = try folder.file("lists/latin1.txt")
        try #require("a.png\t0\ncaf\u{e9}.png\t1\n".data(using: .isoLatin1)).write(to: file)
        let error = #expect(throws: DatasetError.self) { try MapFile(path: file.path, classCount: 2) }
        #expect(error?.place.hasSuffix("latin1.txt:2") == true)
        #expect(error?.reason == "the line is not UTF-8")
    }

    @Test func lastLineNeedsNoEnd() throws {
        #expect(try dataset("a\t0\nb\t1").count == 2)
    }

    @Test func classesMayHaveNames() throws {
        #expect(try dataset("a\t1", classCount: nil, classes: ["cat", "dog"]).classNames == ["cat", "dog"])
    }

    @Test(arguments: [
        ("a\t0\nb\t3\n", "train.txt:2: the label 3 is not in 0...2"),
        ("a\t-1", "train.txt:1: the label -1 is not in 0...2"),
        ("a\t0\r\n\r\nb 1\r\n", "train.txt:3: the line is not 'path TAB label'"),
        ("a\tcat", "train.txt:1: the label 'cat' is not a whole number"),
        ("\t1", "train.txt:1: the line is not 'path TAB label'"),
        ("\n\n", "train.txt: it lists no images"),
    ])
    func wrongLinesAreNamed(text: String, expected: String) {
        #expect(failure { _ = try dataset(text) }?.contains(expected) == true)
    }

    @Test func missingImageIsNamedWhenItIsRead() throws {
        let dataset = try dataset("nowhere.png\t0")
        let message = failure { _ = try dataset.sample(at: 0) }
        #expect(message?.contains("lists/nowhere.png: it cannot be opened") == true)
    }

    @Test func missingListIsNamed() {
        var options = MapFile.Options()
        options.train = folder.url.appending(path: "nowhere.txt").path
        options.classCount = 2
        let message = failure { _ = try options.dataset(.train) }
        #expect(message?.contains("nowhere.txt: it cannot be opened") == true)
        #expect(failure { _ = try options.dataset(.test) }?.contains("'test'") == true)
    }
}
