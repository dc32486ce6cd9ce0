import Foundation
import NNLayers
import Testing

@_spi(Internal) @testable import NNDatasets

/// Class folders without folders of splits, and names of files that contain the class.
@Suite struct UndividedFoldersTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func writeImages(_ paths: String...) throws {
        for path in paths { try Image(size: 2, filledWith: 0).writePNG(to: folder.file(path)) }
    }

    private func open(
        _ split: Split = .train, _ change: (inout ClassFolders.Options) -> Void = { _ in }
    ) throws -> any Dataset {
        var options = ClassFolders.Options()
        options.path = folder.url.path
        change(&options)
        try options.validate()
        return try options.dataset(split)
    }

    private func message(
        _ split: Split = .train, _ change: (inout ClassFolders.Options) -> Void = { _ in }
    ) -> String {
        do {
            _ = try open(split, change)
            return ""
        } catch {
            return "\(error)".replacing(folder.url.path, with: "DIR")
        }
    }

    @Test func foldersOfClassesAreOneSet() throws {
        try writeImages("n01440764/a.png", "n01443537/more/b.png")
        #expect(try open().classNames == ["n01440764", "n01443537"])
        #expect(try open().count == 2)
        #expect(
            message(.validation)
                == "DIR: it is not divided into splits, and has no validation images of its own. Add 'split: {validation: "
                + "0.2}' to 'data', or 'validation: false' to train without validation.")
        #expect(message(.test).contains("no test images of its own. Add 'split: {test: 0.1}' to 'data'."))
    }

    /// No folder of splits is taken for a class, and no class for a folder of splits.
    @Test func foldersOfSplitsAreNoClasses() throws {
        try writeImages("training/cat/a.png", "val/cat/b.png")
        #expect(message() == "DIR/train: there is no such folder. Set 'train' to one of: training, val.")
        #expect(message { $0.train = "tr" }.contains("DIR/tr: there is no such folder"))
        let other = try UndividedFoldersTests()
        try other.writeImages("one/cat/a.png", "one/dog/a.png", "two/cat/b.png", "two/dog/b.png")
        #expect(other.message() == "DIR/train: there is no such folder. Set 'train' to one of: one, two.")
        let nested = try UndividedFoldersTests()
        try nested.writeImages("cat/black/a.png", "dog/white/b.png")
        #expect(try nested.open().classNames == ["cat", "dog"])
    }

    @Test func divisionIsAdvisedForAMissingValidationFolder() throws {
        try writeImages("train/cat/a.png", "test/cat/b.png")
        #expect(
            message(.validation).hasSuffix(
                "Set 'validation' to one of: test, train, or add 'split: {validation: 0.2}' to 'data', or 'validation: "
                    + "false' to train without validation."))
    }

    @Test func namesOfFilesContainTheClass() throws {
        try writeImages("train/cat.0.png", "train/cat.1.png", "train/dog.0.png", "test1/1.png", "train/readme.png")
        let pattern = "{class}.{number}.png"
        let train = try open { $0.pattern = pattern }
        #expect(train.classNames == ["cat", "dog"] && train.count == 3)
        #expect(try train.labelCounts(at: 2) == [1: 1])
        #expect(train.unreadFiles.text == "1 image file is not read: 1 whose names do not fit the pattern")
        #expect(message().contains("or set 'pattern' to \"{class}.{number}.png\"") == false)
        try FileManager.default.removeItem(at: folder.url.appending(path: "train/readme.png"))
        try writeImages("train/dog.1.png")
        #expect(
            message().contains(
                "train: it holds no class folders. Put the images of each class into a folder named after"))
        #expect(message().contains(", or set 'pattern' to \"{class}.{number}.png\"."))
        #expect(message { $0.pattern = "{class}_*" }.contains("no .jpg, .jpeg, .jfif or .png file has a name like"))
        #expect(try open { ($0.pattern, $0.classes) = (pattern, ["dog", "cat"]) }.labelCounts(at: 0) == [1: 1])
        #expect(
            message { ($0.pattern, $0.classes) = (pattern, ["dog"]) }.contains(
                "cat.0.png: its class 'cat' is none of the 1"))
        #expect(
            message { ($0.pattern, $0.classes) = (pattern, ["cat", "cow", "dog"]) }.contains(
                "no file has the class 'cow'"))
    }

    @Test func imagesMayLieInOneFolder() throws {
        try writeImages("cat.0.png", "cat.1.png", "dog.0.png", "dog.1.png")
        #expect(try open { $0.pattern = "{class}.*" }.count == 4)
        #expect(message(.validation) { $0.pattern = "{class}.*" }.contains("Add 'split: {validation: 0.2}'"))
        #expect(
            message()
                == "DIR: it has images and no folders. Put the images of each class into a folder named after it, or "
                + "set 'pattern' to \"{class}.{number}.png\".")
    }

    @Test(
        arguments: [
            ("{class}.{number}.jpg", "cat.0.jpg", "cat"), ("{class}.*.jpg", "cat.0.jpg", "cat"),
            ("{class}_{number}.*", "a/b/american_bulldog_10.jpg", "american_bulldog"),
            ("{class}_*", "american_bulldog_1", "american"),
            ("*_{class}.png", "2020_1_x.png", "1_x"), ("{class}/*", "cat/1.png", "cat"),
            ("*/{class}-*", "a/cat-1.png", "cat"),
            ("{class}{number}.png", "a12.png", "a"), ("{class}.png", "é.png", "é"), ("{class}.jpg", "x.png", nil),
            ("{class}.{number}.jpg", "cat.x.jpg", nil), ("{class}/*", "a/b/1.png", nil), ("{class}", "", nil),
        ] as [(String, String, String?)])
    func patternsMatch(_ pattern: String, _ path: String, _ name: String?) throws {
        #expect(try FileNamePattern(pattern).className(in: path) == name)
    }

    @Test(arguments: ["*.jpg", "{class}{class}", "{name}_{class}", "{class", ""])
    func wrongPatternsAreRefused(_ pattern: String) {
        #expect(throws: OptionError.self) { try FileNamePattern(pattern) }
        #expect(message { $0.pattern = pattern }.contains("pattern"))
    }

    @Test func patternsAreGuessed() {
        func guess(_ names: String...) -> String? { FileNamePattern.guess(from: names)?.text }
        #expect(guess("cat.0.jpg", "cat.1.jpg", "dog.0.jpg", "dog.1.jpg") == "{class}.{number}.jpg")
        #expect(guess("great_pyrenees_1.jpg", "great_pyrenees_2.jpg", "pug_1.jpg", "pug_2.png") == "{class}_{number}.*")
        #expect(guess("a1.png", "a2.png", "b1.png", "b2.png") == "{class}{number}.png")
        #expect(guess("1-a.png", "2-a.png", "1-b.png", "2-b.png") == "{number}-{class}.png")
        #expect(guess("IMG_1.jpg", "IMG_2.jpg", "IMG_3.jpg") == nil)
        #expect(guess("a.png", "b.png") == nil)
        #expect(guess("x_1.png", "y_2.png", "z_3.png") == nil)
    }
}
