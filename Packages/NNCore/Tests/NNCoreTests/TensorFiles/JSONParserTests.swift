import Testing

@testable import NNCore

@Suite struct JSONParserTests {
    @Test func everyKindOfValue() throws {
        let value = try JSONValue(parsing: " {\"a\": [1, -2.5e3, \"x\"], \"b\": {}, \"c\": [true, false, null]}\n".utf8)
        #expect(
            value
                == .object([
                    .init(name: "a", value: .array([.number("1"), .number("-2.5e3"), .string("x")])),
                    .init(name: "b", value: .object([])),
                    .init(name: "c", value: .array([.bool(true), .bool(false), .null])),
                ]))
    }

    @Test func keepsRepeatedNames() throws {
        let value = try JSONValue(parsing: #"{"a":1,"a":2}"#.utf8)
        #expect(
            value == .object([.init(name: "a", value: .number("1")), .init(name: "a", value: .number("2"))]))
    }

    @Test func escapes() throws {
        let value = try JSONValue(parsing: #""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é""#.utf8)
        #expect(value == .string("\"\\/\u{8}\u{c}\n\r\té😀é"))
    }

    @Test(arguments: ["", "plain", "quote \" backslash \\", "line\nbreak \u{1} \u{1f}", "é 😀"])
    func quotedStringsAreReadBack(_ string: String) throws {
        #expect(try JSONValue(parsing: JSONValue.quoted(string).utf8) == .string(string))
    }

    @Test(arguments: [
        "", "{", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "\"open", "\"\\x\"", "\"\\ud83d\"",
        "\"\\u12g4\"", "nul", "1 2", "[1 2]", "\"line\nbreak\"", "]",
    ])
    func refuses(_ text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test func refusesWhatIsNotUTF8() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xff, 0x22]) }
    }

    @Test func refusesEndlessNesting() {
        let error = #expect(throws: JSONError.self) {
            try JSONValue(parsing: [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000))
        }
        #expect(error?.reason == "the nesting is deeper than 64")
    }
}
