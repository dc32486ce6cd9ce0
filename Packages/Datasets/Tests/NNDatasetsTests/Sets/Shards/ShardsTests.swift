import Foundation
@_spi(Internal) @testable import NNDatasets
import NNLayers
import Testing

@Suite struct ShardsTests {
    let folder: TemporaryFolder
    var path: String { folder.url.path }

    init() throws { folder = try TemporaryFolder() }

    /// A PNG file of one shade.
    static func image(_ shade: UInt8, size: Size = 4) throws -> [UInt8] {
        try Image(size: size, filledWith: shade).encodedPNG(file: "")
    }

    static func mask(_ labels: [UInt8]) throws -> [UInt8] {
        try Image(size: Size(height: 1, width: labels.count), channels: 1, pixels: labels).encodedPNG(file: "")
    }

    /// Writes a shard of samples with the shade 10 times their label.
    func write(_ name: String, _ samples: [(key: String, label: String)]) throws {
        var members: [(String, [UInt8])] = []
        for (key, label) in samples {
            let number = Int(label.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 20
            members.append(("\(key).png", try Self.image(UInt8(truncatingIfNeeded: 10 * number))))
            members.append(("\(key).cls", Array(label.utf8)))
        }
        try folder.write(TarBytes(members).ended, to: name)
    }

    private func error(_ split: Split = .train, _ change: (inout Shards.Options) -> Void = { _ in }) -> String {
        var options = Shards.Options()
        options.path = path
        change(&options)
        let message = failure { _ = try options.dataset(split) } ?? "nothing"
        return message.replacing(path + "/", with: "").replacing(path, with: ".")
    }

    @Test func classesOfWebDataset() throws {
        try write("train-0.tar", [("a/one", "2"), ("./b", " 0\n")])
        try write("train-1.tar", [("c", "1")])
        try write("val-0.tar", [("a/one", "1")])
        let train = try Shards(path: path)
        #expect(train.count == 3 && train.classNames == ["0", "1", "2"] && train.ignoreIndex == nil)
        #expect(try (0..<3).map { try train.target(at: $0) } == [.label(2), .label(0), .label(1)])
        #expect(try (0..<3).map { try train.sample(at: $0).red[0] } == [20, 0, 10])
        #expect(try train.labelCounts(at: 2) == [1: 1])
        #expect(train.files(at: 0) == ["\(path)/train-0.tar/a/one.png"])
        #expect(try train.sample(at: 1).name == "\(path)/train-0.tar/./b.png")
        #expect(train.storageGroups.map(\.samples) == [0..<2, 2..<3])
        // The classes are those of the training split, whatever another one has.
        let validation = try Shards(path: path, split: .validation)
        #expect(validation.classNames == train.classNames && validation.count == 1)
        #expect(error(.test).contains(".: no file is called 'test*.tar' or 'test/*.tar'. Set 'test' to a pattern"))
    }

    @Test func namesAreClassesOfTheList() throws {
        try write("train.tar", [("a", "dog"), ("b", "0"), ("c", "cat")])
        #expect(error().contains(".: the labels are names, and there is no list of classes. Set 'class_count', or"))
        try folder.write("cat\ndog\n", to: "classes.txt")
        let train = try Shards(path: path)
        #expect(train.classNames == ["cat", "dog"])
        #expect(try (0..<3).map { try train.target(at: $0) } == [.label(1), .label(0), .label(0)])
        #expect(
            error { $0.classes = ["cat", "cow"] }
                == "train.tar: the label 'a.cls' is 'dog', which is none of the 2 classes. Write the name of a class, or an "
                + "index from 0 to 1.")
        #expect(error { $0.classCount = 3 }.contains("the label 'a.cls' is 'dog', which is none of the 3 classes"))
        #expect(
            error { ($0.classCount, $0.classes) = (3, ["cat", "dog"]) }.contains("2 are named, but there must be 3"))
        try write("train.tar", [("a", "2")])
        #expect(error().contains("the label 'a.cls' is '2', which is none of the 2 classes"))
        for label in ["-1", "", "a\u{0}b"] {
            try write("train.tar", [("a", label)])
            #expect(
                error().contains(label == "-1" ? "the label 'a.cls' is -1" : "'a.cls' is neither a number nor a name"))
        }
    }

    @Test func masksBesideTheirImages() throws {
        let (image, size) = (try Self.image(9, size: Size(height: 1, width: 3)), Size(height: 1, width: 3))
        try Image(size: size).writeJPEG(to: folder.file("x.jpg"))
        let photo = Array(try Data(contentsOf: folder.file("x.jpg")))
        try folder.write(
            TarBytes([
                ("a.png", image), ("a.mask.png", try Self.mask([0, 1, 255])), ("a.json", Array("{}".utf8)),
                ("b.jpg", photo), ("b.png", try Self.mask([1, 1, 0])), ("c.seg.png", try Self.mask([0, 0, 0])),
                ("c.JPG", photo), ("notes.txt", [1]), ("._c.jpg", [1]), ("README", [1]),
            ]).ended, to: "train.tar")
        #expect(
            error().contains(".: the masks are of unknown classes: 'class_count' must be the number of classes, unless")
        )
        try folder.write("sky #010203\nroad #040506\n", to: "classes.txt")
        let train = try Shards(path: path)
        #expect(train.count == 3 && train.ignoreIndex == 255 && train.classNames == ["sky", "road"])
        #expect(train.statesColors && train.classColors == [Color(0x010203), Color(0x040506)])
        #expect(try (0..<3).map { try train.labels(at: $0) } == [[0, 1, 255], [1, 1, 0], [0, 0, 0]])
        #expect(try train.labelCounts(at: 0) == [0: 1, 1: 1])
        #expect(train.files(at: 1) == ["\(path)/train.tar/b.jpg", "\(path)/train.tar/b.png"])
    }

    @Test func encodingsOfMasks() throws {
        let image = try Self.image(9, size: Size(height: 1, width: 2))
        let colors = Image(size: Size(height: 1, width: 2), channels: 3, pixels: [1, 2, 3, 9, 9, 9])
        try folder.write(
            TarBytes([("a.png", image), ("a.mask.png", try colors.encodedPNG(file: ""))]).ended, to: "train.tar")
        let train = try Shards(
            path: path, classes: ["sky #010203", "road #040506"], ignoreIndex: 7, maskColors: true,
            ignoreColor: Color(0x090909))
        #expect(try train.labels(at: 0) == [0, 7])
        try folder.write(
            TarBytes([("a.png", image), ("a.mask.png", try Self.mask([255, 0]))]).ended, to: "train.tar")
        #expect(try Shards(path: path, ignoreIndex: nil, binaryMasks: true).labels(at: 0) == [1, 0])
        let wrong = try Shards(path: path, classCount: 2, ignoreIndex: nil)
        #expect(failure { _ = try wrong.sample(at: 0) }?.contains("train.tar/a.mask.png: the pixel in row 0") == true)
        var check = DataCheck()
        check.splits = [.train]
        #expect(check.run { _ in wrong }.findings.map(\.kind).first == .blackAndWhiteMask)
        try folder.write(TarBytes([("a.png", image), ("a.mask.png", try Self.mask([1]))]).ended, to: "train.tar")
        let mismatch = try Shards(path: path, classCount: 2)
        let message = failure { _ = try mismatch.sample(at: 0) }
        #expect(message?.contains("a.mask.png: the mask has 1x1 pixels, its image 1x2") == true)
        #expect(check.run { _ in mismatch }.findings.map(\.kind).first == .sizeMismatch)
    }

    @Test func incompleteSamplesAreNoticed() throws {
        let image = try Self.image(1)
        func write(_ members: [(String, [UInt8])]) throws { try folder.write(TarBytes(members).ended, to: "train.tar") }
        try write([("a.png", image), ("a.cls", [0x30]), ("b.png", image), ("c.png", image), ("c.cls", [0x31])])
        #expect(
            error()
                == "train.tar: the sample 'b' at byte 2048 has no label, .cls, but .png only. Add it, or leave the sample "
                + "out; all members of a sample stand together, as 'tar --sort=name' puts them.")
        try write([("a.png", image), ("a.cls", [0x30]), ("b.cls", [0x30])])
        #expect(error().contains("the sample 'b' at byte 2048 has no image, .jfif, .jpeg, .jpg or .png, but .cls only"))
        try write([("a.png", image), ("a.jpg", image), ("a.cls", [0x30])])
        #expect(error().contains("the sample 'a' has several images: png, jpg. Set 'images' to the ending of those to"))
        #expect(error { $0.images = ["JPG"] } == "nothing")
        try write([("a.txt", image), ("b.json", image)])
        #expect(error().contains("train.tar: no sample has an image, .jpg, .jpeg, .jfif or .png"))
        try write([("a.png", []), ("a.cls", [0x30])])
        #expect(error().contains("'a.png' has 0 bytes"))
        // Any ending may be that of classes.
        try write([("a.png", image), ("a.txt", Array("1".utf8))])
        #expect(error { $0.label = "txt" } == "nothing")
    }

    @Test func repeatedKeysAreNoticed() throws {
        try write("train-0.tar", [("a", "0"), ("b", "0"), ("a", "0")])
        #expect(
            error()
                == "train-0.tar: two samples have the key 'a': 'a.png' at byte 4096, and 'a.png' at byte 0. Give each "
                + "sample a key of its own, and put all members of one together.")
        try write("train-0.tar", [("a", "0"), ("b", "0")])
        try write("train-1.tar", [("c", "0"), ("./b", "0")])
        #expect(
            error().contains(
                "train-1.tar: two samples have the key 'b': './b.png' at byte 2048, and 'b.png' at byte 2048 of "
                    + "train-0.tar"))
        let image = try Self.image(1)
        try folder.write(
            TarBytes([("a.png", image), ("a.png", image), ("a.cls", [0x30])]).ended, to: "train-1.tar")
        #expect(error().contains("train-1.tar: two samples have the key 'a': 'a.png' at byte 1024 is there before"))
        // The same keys in another split are other samples, often.
        try write("train-1.tar", [("c", "0")])
        try write("val.tar", [("a", "0")])
        #expect(error(.validation) == "nothing")
    }

    @Test func patternsNameShards() throws {
        for name in ["train-000.tar", "train-001.tar", "train-010.tar", "x/a/1.tar", "x/b/1.tar", "x/b/.2.tar"] {
            try write(name, [(name.replacing(".tar", with: "").replacing(".", with: ""), "0")])
        }
        func names(_ pattern: String) throws -> [String] {
            try ShardPaths(root: folder.url, split: .train, pattern: pattern).all()
                .map { $0.replacing(path + "/", with: "") }
        }
        #expect(try names("train-{000..001}.tar") == ["train-000.tar", "train-001.tar"])
        #expect(try names("train-{010,00[01]}.tar") == ["train-010.tar", "train-000.tar", "train-001.tar"])
        #expect(try names("x/*/?.tar") == ["x/a/1.tar", "x/b/1.tar"])
        #expect(try names("\(path)/x/{a,b}/1.tar").count == 2)
        #expect(try Shards(path: path).count == 3)
        #expect(try ShardPaths.expanded("{9..11}-{a,}") == ["9-a", "9-", "10-a", "10-", "11-a", "11-"])
        #expect(
            error { $0.train = "train-{000..002}.tar" }.contains(
                "train-002.tar: there is no such shard. Add it, or fix"))
        #expect(error { $0.train = "train-{000,000}.tar" }.contains("names a shard twice"))
        #expect(
            error { $0.train = "y*.tar" }.contains(
                "in the folder there are: train-000.tar, train-001.tar, train-010.tar"))
        #expect(error { $0.path += "/none" }.contains("there is no such folder"))
    }

    @Test(
        arguments: [
            (["path": ""], "path: must name the folder"), (["train": "{1..}"], "train: must be a pattern of names"),
            (["train": "{2..1}"], "is no range of numbers that ascend"), (["test": "{a"], "a brace is not closed"),
            (["test": "a}"], "a brace is closed"), (["test": "{a{b}}"], "braces are within others"),
            (["train": "{0..9999999}"], "are more than 1000000 shards"), (["validation": ""], "must name shards"),
            (["images": []], "images: must be endings"), (["label": ".cls"], "label: must be an ending without a dot"),
            (["class_count": 0], "class_count: must be from 1 to 1000000"),
            (["ignore_index": 256], "ignore_index: must be"),
            (["mask_colors": true, "binary_masks": true], "binary_masks: cannot be combined"),
            (["ignore_color": "red"], "ignore_color: must be written"),
            (["ignore_color": "#010203"], "ignore_color: needs"),
        ] as [(ConfigNode, String)])
    func wrongOptionsAreNamed(_ node: ConfigNode, _ expected: String) throws {
        let registry = try Registry(plugins: [DatasetsPlugin()])
        var all: ConfigNode = node["path"] == nil ? ["type": "shards", "path": "a"] : ["type": "shards"]
        all.content = .mapping((all.entries ?? []) + (node.entries ?? []))
        let message = failure { _ = try registry.build(.dataset, from: all) }
        #expect(message?.contains(expected) == true, "\(message ?? "nothing")")
    }
}
