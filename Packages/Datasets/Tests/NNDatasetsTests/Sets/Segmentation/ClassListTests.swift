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
