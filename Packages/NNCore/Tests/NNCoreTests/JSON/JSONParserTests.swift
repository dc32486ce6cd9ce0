import Testing

@_spi(Text) @testable import NNCore

@Suite struct JSONParserTests {
    private func parsed(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)[...]) }

    @Test func everyKindOfValue() throws {
        let value = try parsed(" {\"a\": [1, -2.5e3, \"x\"], \"b\": {}, \"c\": [true, false, null], \"d\": [1, 2.5]}\n")
        #expect(
            value
                == .object([
                    .init(name: "a", value: .list([.number(1), .number(-2500), .string("x")])),
                    .init(name: "b", value: .object([])),
                    .init(name: "c", value: .list([.boolean(true), .boolean(false), .null])),
                    .init(name: "d", value: .numbers([1, 2.5])),
                ]))
    }

    @Test(arguments: [
        ("0", JSONValue.integer(0)), ("-12", .integer(-12)), ("9223372036854775807", .integer(.max)),
        ("-0.5", .number(-0.5)),
        ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1E-2", .number(0.01)), ("2.0", .number(2)),
        ("Infinity", .number(.infinity)), ("-Infinity", .number(-.infinity)),
    ])
    func numbers(_ text: String, _ value: JSONValue) throws {
        #expect(try parsed(text) == value)
        #expect(try parsed("[\(text), 1]").elements?.first?.number == value.number)
    }

    /// Identifiers of more than 53 bits are kept apart.
    @Test func longIntegersStayExact() throws {
        let list = try parsed("[9007199254740993, 1]")
        #expect(list.elements?.first?.integer == 9_007_199_254_740_993)
        #expect(try parsed("9007199254740993") == .integer(9_007_199_254_740_993))
    }

    /// The text may be part of a larger one, and offsets are those in the part.
    @Test func offsetsCountFromTheBeginOfTheText() {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: Array("abc[1, x]".utf8)[3...]) }
        #expect(error?.offset == 4)
    }

    @Test func membersByName() throws {
        let value = try parsed(#"{"a": [1, 2], "b": ["x"], "a": 3}"#)
        #expect(value["a"]?.integer == 3 && value["b"]?.elements == [.string("x")])
        #expect(value["c"] == nil && value["a"]?["b"] == nil && value["b"]?.numbers == nil)
    }

    @Test func keepsRepeatedNames() throws {
        let value = try parsed(#"{"a":1,"a":2}"#)
        #expect(
            value == .object([.init(name: "a", value: .integer(1)), .init(name: "a", value: .integer(2))]))
    }

    @Test func escapes() throws {
        let value = try parsed(#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é""#)
        #expect(value == .string("\"\\/\u{8}\u{c}\n\r\té😀é"))
    }

    @Test(arguments: ["", "plain", "quote \" backslash \\", "line\nbreak \u{1} \u{1f}", "é 😀"])
    func quotedStringsAreReadBack(_ string: String) throws {
        #expect(try parsed(JSONValue.quoted(string)) == .string(string))
    }

    @Test(arguments: [
        "", "{", "[1", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "\"open", "\"\\x\"", "\"\\ud83d\"",
        "\"\\u12g4\"", "nul", "1-2", "-", "+1", ".5", "Infinit", "1 2", "[1 2]", "\"line\nbreak\"", "]",
    ])
    func refuses(_ text: String) {
        #expect(throws: JSONError.self) { try parsed(text) }
    }

    @Test func refusesWhatIsNotUTF8() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xff, 0x22]) }
    }

    @Test func refusesEndlessNesting() {
        let error = #expect(throws: JSONError.self) {
            try parsed(String(repeating: "[", count: 1_000_000))
        }
        #expect(error?.reason == "the nesting is deeper than 64")
    }
}
