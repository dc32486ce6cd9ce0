import Testing

@testable import NNWeights

@Suite struct NameMapLineTests {
    /// Tables of ASCII are read by bytes, others by characters: a comment beyond ASCII must change nothing.
    @Test(arguments: [
        "a  b\nc\td  hwio\n", "a b\r\nc d\r\n", "\u{b}a b\u{c}\rc d", "# a\n\n  a b # c\nc d", "a b\n\rc d\n\n", "",
        "#",
    ])
    func bytesAndCharactersAreReadAlike(table: String) throws {
        let bytes = try NameMap(table)
        let characters = try NameMap(table + "\n# é")
        #expect(bytes.rows.map(\.text) == characters.rows.map(\.text))
        #expect(bytes.rows.map(\.layout) == characters.rows.map(\.layout))
    }

    @Test func countsLinesByEveryKindOfEnd() {
        let error = #expect(throws: NameMapError.self) { try NameMap("a b\r\n\n\rc d\u{b}e") }
        #expect(error?.line == 5)
    }
}
