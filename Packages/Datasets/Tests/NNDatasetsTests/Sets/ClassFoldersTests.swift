import Foundation
import NNCore
import Testing

@testable import NNDatasets

@Suite struct ClassFoldersTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func writeImage(_ path: String, shade: UInt8 = 0) throws {
        try Image(size: 2, filledWith: shade).writePNG(to: folder.file(path))
    }

    func source(_ change: (inout ClassFolders.Options) -> Void = { _ in }) -> ClassFolders.Options {
        var options = ClassFolders.Options()
        options.path = folder.url.path
        change(&options)
        return options
    }

    /// A training split of two classes, and a validation split of one file each.
    func makeSplits() throws {
        try writeImage("train/dog/b.png", shade: 20)
        try writeImage("train/dog/a.png", shade: 10)
        try writeImage("train/cat/inner/more/c.PNG", shade: 30)
        try writeImage("validation/cat/x.png", shade: 40)
        try writeImage("validation/dog/y.png", shade: 50)
    }

    @Test func classesAndFilesAreSorted() throws {
        try makeSplits()
        let dataset = try source().dataset(.train)
        #expect(dataset.classNames == ["cat", "dog"])
        #expect(dataset.ignoreIndex == nil)
        let samples = try (0..<dataset.count).map { try dataset.sample(at: $0) }
        #expect(samples.map(\.image[0, 0]) == [30, 10, 20])
        #expect(samples.map(\.target) == [.label(0), .label(1), .label(1)])
        #expect(samples[1].name.hasSuffix("train/dog/a.png"))
    }

    @Test func hiddenAndForeignFilesAreLeftOut() throws {
        try makeSplits()
        try writeImage("train/cat/.hidden.png")
        try writeImage("train/cat/.thumbnails/small.png")
        try writeImage("train/.cache/no-class.png")
        try folder.write("licence", to: "train/cat/readme.txt")
        try folder.write("none", to: "train/notes.txt")
        try Image.smooth(8).writeJPEG(to: folder.file("train/cat/photo.JPeG"))
        try Image.smooth(8).writeJPEG(to: folder.file("train/cat/photo.with.dots.jpg"))
        let dataset = try source().dataset(.train)
        #expect(dataset.classNames == ["cat", "dog"])
        #expect(dataset.count == 5)
    }

    @Test func splitsMayHaveOtherNames() throws {
        try writeImage("Train Set/a/1.png")
        try writeImage("val/a/1.png")
        let source = source {
            $0.train = "Train Set"
            $0.validation = "val"
        }
        #expect(try source.dataset(.train).count == 1)
        #expect(try source.dataset(.validation).count == 1)
    }

    @Test func validationNumbersClassesAsTraining() throws {
        try makeSplits()
        try FileManager.default.removeItem(at: folder.url.appending(path: "validation/cat"))
        let dataset = try source().dataset(.validation)
        #expect(dataset.classNames == ["cat", "dog"])
        #expect(try dataset.sample(at: 0).target == .label(1))
    }

    @Test func classesMayBeListed() throws {
        try makeSplits()
        let dataset = try source { $0.classes = ["dog", "cat"] }.dataset(.train)
        #expect(try dataset.sample(at: 0).target == .label(0))
        #expect(try dataset.sample(at: 0).name.contains("dog"))
        let message = failure { _ = try source { $0.classes = ["dog", "cat", "cow"] }.dataset(.train) }
        #expect(message?.contains("train/cow: there is no such class folder") == true)
    }

    @Test func linkedClassFolderIsFollowed() throws {
        try writeImage("elsewhere/1.png")
        try writeImage("train/a/1.png")
        try FileManager.default.createSymbolicLink(
            at: folder.url.appending(path: "train/b"), withDestinationURL: folder.url.appending(path: "elsewhere"))
        #expect(try source().dataset(.train).count == 2)
    }

    @Test func unknownClassOfValidationIsRefused() throws {
        try makeSplits()
        try writeImage("validation/cow/z.png")
        let message = failure { _ = try source().dataset(.validation) }
        #expect(message?.contains("validation/cow: it is none of the 2 classes") == true)
    }

    @Test func emptyClassIsRefused() throws {
        try makeSplits()
        try folder.write("not an image", to: "train/empty/readme.txt")
        let message = failure { _ = try source().dataset(.train) }
        #expect(message?.contains("train/empty: the class has no .jpg, .jpeg, .jfif or .png file") == true)
    }

    @Test func imagesWithoutClassFoldersAreRefused() throws {
        try writeImage("train/1.png")
        let message = failure { _ = try source().dataset(.train) }
        #expect(message?.contains("train: it holds no class folders") == true)
    }

    @Test func missingFoldersAreNamed() throws {
        try makeSplits()
        let noSplit = failure { _ = try source().dataset(.test) }
        #expect(noSplit?.contains("/test: there is no such folder. Set 'test' to one of: train, validation") == true)
        let noRoot = failure { _ = try source { $0.path += "/nowhere" }.dataset(.train) }
        #expect(noRoot?.contains("nowhere: there is no such folder") == true)
    }

    @Test func brokenFileIsNamedWhenItIsRead() throws {
        try makeSplits()
        try folder.write([], to: "train/cat/zero.jpg")
        let dataset = try source().dataset(.train)
        let message = failure { for index in 0..<dataset.count { _ = try dataset.sample(at: index) } }
        #expect(message?.contains("train/cat/zero.jpg: the file is empty") == true)
    }

    /// macOS decomposes letters with accents in names of files; copies keep it.
    @Test func classesPairInBothUnicodeForms() throws {
        let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
        try writeImage("train/\(composed)/a.png", shade: 1)
        try writeImage("train/tea/b.png", shade: 2)
        try writeImage("validation/\(decomposed)/c.png", shade: 3)
        try writeImage("validation/tea/d.png", shade: 4)
        for classes: [String]? in [nil, ["tea", decomposed], ["tea", composed]] {
            let validation = try source { $0.classes = classes }.dataset(.validation)
            let samples = try (0..<validation.count).map { try validation.sample(at: $0) }
            #expect(Set(samples.map(\.image[0, 0])) == [3, 4])
        }
        try writeImage("train/\(decomposed)/e.png", shade: 5)
        let error = #expect(throws: DatasetError.self) { try source().dataset(.train) }
        #expect(error?.reason.contains("different Unicode forms") == true)
    }

    @Test func namesThatAreNotUTF8AreNamedAsTheTrouble() throws {
        try writeImage("train/tea/b.png")
        // Latin-1, as old archives have it.
        let readable = folder.url.appending(path: "train/tea/b.png").path
        var path = Array(folder.url.appending(path: "train/tea/caf").path.utf8CString.dropLast())
        path.append(CChar(bitPattern: 0xe9))
        path.append(contentsOf: ".png".utf8CString)
        try #require(link(readable, path) == 0)
        let dataset = try source().dataset(.train)
        #expect(dataset.count == 2)
        let errors = (0..<dataset.count).compactMap { index in
            do { _ = try dataset.sample(at: index) } catch { return error as? ImageError }
            return nil
        }
        #expect(errors.map(\.reason) == ["its name is not UTF-8"])
    }
}
