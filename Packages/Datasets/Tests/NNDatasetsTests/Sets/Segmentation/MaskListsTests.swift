import Foundation
import NNLayers
import Testing

@testable import NNDatasets

@Suite struct MaskListsTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.writePair("lists/a.png", "lists/a mask.png", labels: [1], shade: 10)
        try folder.writePair("my images/b c.png", "my masks/b c.png", labels: [2], shade: 20)
    }

    func dataset(_ text: String, _ change: (inout MaskLists.Options) -> Void = { _ in }) throws -> any Dataset {
        var options = MaskLists.Options()
        options.train = try folder.write(text, to: "lists/train.txt").path
        options.classCount = 3
        change(&options)
        try options.validate()
        return try options.dataset(.train)
    }

    @Test(arguments: [
        "a.png\ta mask.png\n../my images/b c.png\t../my masks/b c.png\n",
        "\u{feff}a.png a mask.png\r\n\r\n../my images/b c.png ../my masks/b c.png\r\n",
        "  a.png  \t  a mask.png \r\n../my images/b c.png   ../my masks/b c.png  ",
    ])
    func linesArePartedByATabOrASpace(text: String) throws {
        let dataset = try dataset(text)
        #expect(dataset.count == 2)
        #expect(try (0..<2).map { try dataset.sample(at: $0).image[0, 0] } == [10, 20])
        #expect(try (0..<2).map { try dataset.labels(at: $0)[0] } == [1, 2])
        #expect(try dataset.labelCounts(at: 1) == [0: 5, 2: 1])
        #expect(dataset.files(at: 0).map { URL(filePath: $0).lastPathComponent } == ["a.png", "a mask.png"])
    }

    @Test func pathsMayBeRelativeToARoot() throws {
        let text = "my images/b c.png my masks/b c.png\n\(folder.url.path)/lists/a.png\tlists/a mask.png"
        #expect(try dataset(text) { $0.root = folder.url.path }.count == 2)
    }

    /// DeepLab's lists begin each path with a slash, and mean the root.
    @Test(arguments: ["/my images/b c.png\t/my masks/b c.png", "//my images/b c.png /my masks/b c.png"])
    func pathsOfARootMayBeginWithASlash(text: String) throws {
        let dataset = try dataset(text) { $0.root = folder.url.path }
        #expect(try dataset.labels(at: 0)[0] == 2)
        let missing = failure {
            _ = try self.dataset("/my images/nowhere.png\t/my masks/b c.png") { $0.root = folder.url.path }
        }
        #expect(missing?.contains("\(folder.url.path)/my images/nowhere.png: there is no such image") == true)
        // A path from the root of the file system is what it says.
        let root = folder.url.path
        #expect(try self.dataset("\(root)/lists/a.png\t\(root)/lists/a mask.png") { $0.root = root }.count == 1)
    }

    @Test(arguments: [
        ("a.png\ta mask.png\na.png\n", "train.txt:2: the line names one file"),
        ("a.png b c.png", "train.txt:1: no space splits the line"), ("\n \n", "train.txt: it lists no images"),
        ("a.png\tnowhere.png", "lists/nowhere.png: there is no such mask for the image"),
        ("a.png nowhere.png", "lists/nowhere.png: there is no such mask for the image"),
        ("nowhere.png\ta mask.png", "lists/nowhere.png: there is no such image; its mask would be"),
    ])
    func wrongLinesAreNamed(text: String, expected: String) {
        let message = failure { _ = try dataset(text) }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    }

    @Test func missingListIsNamed() throws {
        var options = MaskLists.Options()
        options.train = folder.url.path + "/nowhere.txt"
        options.classCount = 2
        #expect(failure { _ = try options.dataset(.train) }?.contains("nowhere.txt: it cannot") == true)
        #expect(failure { _ = try options.dataset(.test) }?.contains("the split 'test'") == true)
    }

    /// A mask of colours: the first three pixels red, black and blue, the others black.
    func writeColorMask() throws {
        var mask = Image(size: Size(height: 2, width: 3))
        mask[0, 0, 0] = 255
        mask[0, 2, 2] = 128
        try mask.writePNG(to: folder.file("lists/colors.png"))
    }

    @Test func colorsMayStandForClasses() throws {
        try writeColorMask()
        let dataset = try dataset("a.png colors.png") {
            $0.classCount = nil
            $0.classes = .list(["nothing #000000", "red 255 0 0", "blue 0 0 128"])
            $0.maskColors = true
        }
        #expect(try dataset.labels(at: 0) == [1, 0, 2, 0, 0, 0])
        #expect(dataset.classColors == [Color(0), Color(0xFF0000), Color(0x000080)])
        let ignoring = try self.dataset("a.png colors.png") {
            $0.classCount = 2
            $0.classes = .list(["red 255 0 0", "blue 0 0 128"])
            $0.maskColors = true
            $0.ignoreColor = "#000000"
            $0.ignoreIndex = 200
        }
        #expect(try ignoring.labels(at: 0) == [0, 200, 1, 200, 200, 200])
        #expect(try ignoring.labelCounts(at: 0) == [0: 1, 1: 1])
    }

    /// Which colour stands where nothing is seen is for the class, too: white would be one that nobody drew.
    @Test func transparencyDoesNotChangeColors() throws {
        let file = PNGFile(
            height: 2, width: 3, colorType: .rgba,
            rows: [
                [255, 0, 0, 255, 0, 0, 128, 0, 0, 0, 128, 9], [255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 128, 255],
            ])
        try folder.write(file.bytes, to: "lists/colors.png")
        let dataset = try dataset("a.png colors.png") {
            $0.classes = .list(["red 255 0 0", "white 255 255 255", "blue 0 0 128"])
            $0.maskColors = true
        }
        #expect(try dataset.labels(at: 0) == [0, 2, 2, 1, 0, 2])
    }

    @Test func unknownColorIsNamed() throws {
        try writeColorMask()
        let dataset = try dataset("a.png colors.png") {
            $0.classCount = nil
            $0.classes = .list(["nothing #000000", "red 255 0 0"])
            $0.maskColors = true
        }
        let message = failure { _ = try dataset.sample(at: 0) }
        #expect(message?.contains("colors.png: the pixel in row 0, column 2 has the colour 0 0 128") == true)
    }

    @Test func colorMasksNeedTheOption() throws {
        try writeColorMask()
        let message = failure { _ = try dataset("a.png colors.png").sample(at: 0) }
        #expect(message?.contains("colors.png: its pixels are colours") == true)
        #expect(message?.contains("set 'mask_colors: true'") == true)
    }

    @Test func contradictionsOfClassesAreNamed() throws {
        let few = failure { _ = try dataset("a.png\ta mask.png") { $0.classes = .list(["x", "y"]) } }
        #expect(few?.contains("2 are named, but there must be 3") == true)
        let colorless = failure {
            _ = try dataset("a.png\ta mask.png") {
                $0.classes = .list(["x", "y", "z"])
                $0.maskColors = true
            }
        }
        #expect(colorless?.contains("they have no colours") == true)
    }
}
