import Foundation
import NNLayers
import Testing

@testable import NNDatasets

@Suite struct ClassListTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func classes(file text: String) throws -> (list: ClassList, hasColors: Bool) {
        try ClassListOption.file(folder.write(text, to: "my classes.txt").path).classes()
    }

    @Test func fileHoldsNamesAndColors() throws {
        let (list, hasColors) = try classes(
            file: "\u{feff}sky #0072b2\r\n\r\n  traffic light\t250 170  30\r\ncar #000000")
        #expect(hasColors)
        #expect(list.names == ["sky", "traffic light", "car"])
        #expect(list.colors == [Color(0x0072B2), Color(red: 250, green: 170, blue: 30), Color(0)])
    }

    @Test func namesMayEndWithNumbers() throws {
        let (list, hasColors) = try ClassListOption.list(["area 51", "boeing 7 4 700", "#1"]).classes()
        #expect(!hasColors && list.names == ["area 51", "boeing 7 4 700", "#1"])
        #expect(list.colors == Color.classes(3))
    }

    @Test(arguments: [
        ("a\nb\na\n", "my classes.txt:3: the class 'a' is named twice"),
        ("a #000000\nb\n", "my classes.txt:2: some classes have colours, others have none, such as 'b'"),
        ("a\nb 1 2 3\n", "my classes.txt:2: some classes have colours, others have none, such as 'a'"),
        ("a #000000\nb 0 0 0", "my classes.txt:2: 'b' has the colour of another class"),
        ("#000000\n", "my classes.txt:1: the class has no name"), ("\n \n", "my classes.txt: it names no classes"),
    ])
    func wrongLinesAreNamed(text: String, expected: String) {
        let message = failure { _ = try classes(file: text) }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    }

    /// Lists as the tools of the field write them.
    @Test(
        arguments: [
            ("__ignore__\n_background_\nroad\n", ["_background_", "road"], []),
            ("0 background\n1 road\n2 traffic light\n", ["background", "road", "traffic light"], []),
            ("0: a\n2: c\n1: b\n", ["a", "b", "c"], []), ("0,a\n1,b", ["a", "b"], []),
            ("0\ta\n1\tb\n255\tborder\n-1\tnothing", ["a", "b"], []),
            ("Pixel Value, Class\n0, a\n1, b\n", ["a", "b"], []), ("class_id;name\n1;b\n0;a\n", ["a", "b"], []),
            ("id\tname\n0\ta\n1\tb\n", ["a", "b"], []), ("id, name\na\nb\n", ["id, name", "a", "b"], []),
            (
                "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncar: big:128,0,0:wheel:drive\n",
                ["background", "car: big"], [0, 0x800000]
            ), ("a:1,2,3\nb:4,5,6\n", ["a", "b"], [0x010203, 0x040506]),
            ("name,r,g,b\nAnimal,64,128,64\nSky, 1, 2, 3\n", ["Animal", "Sky"], [0x408040, 0x010203]),
            ("64 128 64\tAnimal\n1 2 3\t\tSky high\n", ["Animal", "Sky high"], [0x408040, 0x010203]),
            ("0 a #010203\n1 b 4 5 6\n", ["a", "b"], [0x010203, 0x040506]),
            ("sky\rroad\r", ["sky", "road"], []), ("\"sky\"\n \"the road\" \n", ["sky", "the road"], []),
            ("\"sky\"\nroad\n", ["\"sky\"", "road"], []),
            ("3 wheeler\ncar\n", ["3 wheeler", "car"], []), ("0\n1\n2\n", ["0", "1", "2"], []),
            ("a: b\nc, d\n", ["a: b", "c, d"], []),
            ("0 #0000FF\n1 #00FF00\n# #FF0000\n", ["0", "1", "#"], [0x0000FF, 0x00FF00, 0xFF0000]),
        ] as [(String, [String], [UInt32])])
    func listsOfOtherToolsAreRead(text: String, names: [String], colors: [UInt32]) throws {
        let (list, hasColors) = try classes(file: text)
        #expect(list.names == names)
        #expect(hasColors == !colors.isEmpty)
        if hasColors { #expect(list.colors == colors.map { Color($0) }) }
    }

    @Test(arguments: [
        ("_background_\n__ignore__\nroad\n", ":2: '__ignore__' is no class"),
        ("1: person\n2: bicycle\n", ":1: the classes are numbered from 1"),
        ("0: a\n1: b\n3: c\n", ":3: the numbers of the classes leave out 2"),
        ("index,class\n1,a\n2,b\n", ":2: the classes are numbered from 1"),
        ("0 a\n1 b\n1 c\n", ":3: two classes have the number 1"),
        ("item {\n  id: 1\n  name: 'a'\n}\n", "a label map of TensorFlow"), ("[\"a\", \"b\"]\n", "is JSON"),
        ("{\"a\": 0}\n", "is JSON"), ("names:\n  0: a\n  1: b\n", "is YAML"), ("path: x\nnames: [a]\n", "is YAML"),
        ("CLASSES = ('a', 'b')\n", "is Python"), ("<annotations>\n", "is XML"), ("a, b, c\n", "on one line"),
        ("Idx\tRatio\tName\n1\t0.1\twall\n", "a table of ADE20K"),
    ])
    func otherFilesAreNamedAsWhatTheyAre(text: String, expected: String) {
        let message = failure { _ = try classes(file: text) }
        #expect(message?.contains(expected) == true, "\(message ?? "no error")")
    }

    /// labelme's numbers in masks: its first line is -1, which is 255, and the second 0.
    @Test func labelmeListsFitTheirMasks() throws {
        try folder.writePair("images/train/a.png", "masks/train/a.png", labels: [0, 1, 1, 255])
        try folder.write("__ignore__\n_background_\nroad\n", to: "labels.txt")
        let dataset = try MaskFolders(path: folder.url.path, classes: .file(folder.url.path + "/labels.txt"))
        #expect(dataset.classNames == ["_background_", "road"])
        #expect(try dataset.labelCounts(at: 0) == [0: 3, 1: 2])
    }

    @Test func missingFileIsNamed() {
        let message = failure { _ = try ClassListOption.file("/nowhere/classes.txt").classes() }
        #expect(message?.contains("/nowhere/classes.txt: it cannot be opened") == true)
    }

    @Test func optionIsAListOrAPath() throws {
        struct Holder: ComponentOptions, Equatable {
            var classes: ClassListOption?
        }
        for (node, value) in [
            (["a", "b #010203"], .list(["a", "b #010203"])), ("classes.txt", .file("classes.txt")),
        ] as [(ConfigNode, ClassListOption)] {
            let holder = try ConfigDecoder().decode(Holder.self, from: ["classes": node])
            #expect(holder.classes == value)
            #expect(try ConfigEncoder().encode(holder) == ["classes": node])
        }
    }
}
