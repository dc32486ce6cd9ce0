import Foundation
import NNLayers
@_spi(Internal) import NNTraining
import Testing

private func message(_ text: String) -> String? {
    do {
        _ = try YAMLReader.read(text, source: "a.yaml")
        return nil
    } catch {
        return error.description
    }
}

@Suite struct YAMLReaderTests {
    @Test func everyTypeOfScalar() throws {
        let node = try YAMLReader.read(
            """
            whole: [0, 20, -3, +4, 007, 0x1F, 0o17]
            numbers: [1.5, -0.25, .5, 3., 1e-4, 5.0e-4, 1E3, .inf, -.inf]
            truths: [true, False, TRUE]
            nothing: [null, ~, Null]
            empty:
            texts: [yes, no, on, '20', "true", 1_000, 12:30, 2024-01-01, 1.2.3, 0x, e5, "1e-4", -, +.]
            block: |
              one
              two
            """, source: "a.yaml")
        #expect(node["whole"] == [0, 20, -3, 4, 7, 31, 15])
        let infinity = ConfigNode(.float(.infinity))
        #expect(
            node["numbers"]
                == [1.5, -0.25, 0.5, 3.0, 1e-4, 5e-4, 1000.0, infinity, ConfigNode(.float(-.infinity))])
        #expect(node["truths"] == [true, false, true])
        #expect(node["nothing"] == [nil, nil, nil])
        #expect(node["empty"] == .some(nil))
        #expect(
            node["texts"] == [
                "yes", "no", "on", "20", "true", "1_000", "12:30", "2024-01-01", "1.2.3", "0x", "e5", "1e-4", "-",
                "+.",
            ])
        #expect(node["block"] == "one\ntwo")
    }

    @Test func keysKeepTheirOrderAndPlace() throws {
        let node = try YAMLReader.read("# a comment\nb: 1\na:\n  - x: 2\n    y: [3, 4]\n", source: "a.yaml")
        #expect(node.entries?.map(\.key) == ["b", "a"])
        #expect(node.entries?.last?.place?.description == "a.yaml:3:1")
        let four = try #require(node["a"]?.elements?[0]["y"]?.elements?[1])
        #expect(four.place?.description == "a.yaml:5:12")
        #expect(four.keyPath == "a.0.y.1")
    }

    @Test(arguments: [
        ("", "a.yaml: is empty; write at least one key"),
        ("# only a comment\n", "a.yaml: is empty; write at least one key"),
        ("a: 1\nb: 2\na: 3\n", "a.yaml:1:1: 'a' stands twice in one mapping; remove one"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2:1: a second document begins here; keep one document a file"),
        (
            "a: &x 1\nb: *x\n",
            "a.yaml:1:4: anchors and aliases are not supported; "
                + "repeat the value, or put it into a file that '_base_' names"
        ),
        ("a: *x\n", "a.yaml:1:4: found undefined alias"),
        ("a:\n\tb: 1\n", "a.yaml:2: a tab cannot indent YAML; use spaces"),
        ("a: !!float 1\n", "a.yaml:1:4: the tag 'tag:yaml.org,2002:float' is not supported; remove it"),
        ("a: !mine {b: 1}\n", "a.yaml:1:4: the tag '!mine' is not supported; remove it"),
        ("[1, 2]: 3\n", "a.yaml:1:1: a list or a mapping cannot be a key; put quotes around it"),
        ("a: 99999999999999999999\n", "a.yaml:1:4: the whole number 99999999999999999999 is too large"),
        (
            "a: [1, 2\nb: 3\n",
            "a.yaml:2:2: did not find expected ',' or ']' (while parsing a flow sequence at line 1)"
        ),
        ("a: b: c\n", "a.yaml:1:5: mapping values are not allowed in this context"),
        ("a: \u{1}\n", "a.yaml: control characters are not allowed; name a text file"),
    ])
    func whatCannotBeRead(text: String, expected: String) {
        #expect(message(text) == expected)
    }

    @Test func tooDeepNestingIsRefused() {
        let text = String(repeating: "[", count: 100_000)
        #expect(message(text)?.hasPrefix("a.yaml:1:") == true)
    }

    /// Windows writes text so, with and without a byte order mark.
    @Test(arguments: [String.Encoding.utf16, .utf16LittleEndian, .utf16BigEndian])
    func otherEncodingsAreNamed(encoding: String.Encoding) throws {
        let folder = try TemporaryFolder()
        let file = URL(fileURLWithPath: folder.path + "/a.yaml")
        try #require("epochs: 3\n".data(using: encoding)).write(to: file)
        let error = try #require(throws: ConfigError.self) { try YAMLReader.read(file: file.path) }
        #expect("\(error)".contains("a.yaml: is not text in UTF-8, but probably in UTF-16; save it as UTF-8"))
    }

    @Test func filesThatCannotBeRead() throws {
        let folder = try TemporaryFolder()
        #expect {
            try YAMLReader.read(file: folder.path + "/none.yaml")
        } throws: { "\($0)" == "\(folder.path)/none.yaml: there is no such file; check the path" }
        #expect {
            try YAMLReader.read(file: folder.path)
        } throws: { "\($0)" == "\(folder.path): is a directory; name a YAML file" }
        #expect {
            try YAMLReader.read(file: "/dev/null")
        } throws: { "\($0)" == "/dev/null: is a pipe or a device, not a file; name a YAML file" }

        let image = folder.path + "/image.yaml"
        try Data([0xFF, 0xD8, 0xFF, 0xE0]).write(to: URL(fileURLWithPath: image))
        #expect {
            try YAMLReader.read(file: image)
        } throws: { "\($0)" == "\(image): is not UTF-8 text; name a YAML file, saved as UTF-8" }
    }

    @Test func readsAFileWithAByteOrderMark() throws {
        let folder = try TemporaryFolder()
        #expect(
            try YAMLReader.read(file: folder.write("a.yaml", "\u{FEFF}a: 1\nb:\n  c: 2\n")) == ["a": 1, "b": ["c": 2]])
    }
}

@Suite struct YAMLWriterTests {
    @Test func writesKeysInOrderAndShortListsOnALine() {
        let node: ConfigNode = [
            "model": ["backbone": ["type": "resnet_cifar", "depth": 20], "head": "classifier"],
            "data": ["transforms": [["type": "flip"], ["type": "pad_crop", "padding": 4]], "mean": [0.5, 1, 2.5]],
            "ema": nil, "nesterov": true, "none": [], "empty": [:],
        ]
        #expect(
            YAMLWriter.write(node) == """
                model:
                  backbone:
                    type: resnet_cifar
                    depth: 20
                  head: classifier
                data:
                  transforms:
                  - type: flip
                  - type: pad_crop
                    padding: 4
                  mean: [0.5, 1, 2.5]
                ema: null
                nesterov: true
                none: []
                empty: {}

                """)
    }

    @Test(arguments: [
        "plain", "two words", "", " ", "20", "-3", "0x1F", "1e-4", ".5", "true", "False", "null", "~", "yes", "No",
        "on", "y", ".inf", "<<", "=", "a: b", "- a", "#", "a # b", "{a}", "[a]", "'", "\"", "a\nb", "a\n", "\t",
        "a\\b", "&a", "*a", "!a", "%a", "@a", "`a`", "|", ">", "?", ":", "ä, ö, 🦊", "\u{1}", "\u{85}", "...", "---",
        "2024-01-01", "a,b", "trailing ",
    ])
    func textsAreReadBackAsTexts(text: String) throws {
        let node: ConfigNode = ["value": ConfigNode(.string(text)), "list": [ConfigNode(.string(text)), "x"]]
        #expect(try YAMLReader.read(YAMLWriter.write(node), source: "text") == node)
        let key = ConfigNode(.mapping([ConfigEntry(key: text, value: 1)]))
        #expect(try YAMLReader.read(YAMLWriter.write(key), source: "text") == key)
    }

    @Test(
        arguments: [
            (0.1, "0.1"), (5e-4, "0.0005"), (1e-5, "1.0e-05"), (1.5e-7, "1.5e-07"), (3, "3.0"), (1e20, "1.0e+20"),
            (-0.0, "-0.0"), (.infinity, ".inf"), (-.infinity, "-.inf"), (.greatestFiniteMagnitude, nil),
            (.leastNonzeroMagnitude, nil), (0.1 + 0.2, nil),
        ] as [(Double, String?)])
    func numbersAreReadBackExactly(value: Double, text: String?) throws {
        let node: ConfigNode = ["value": ConfigNode(.float(value))]
        let yaml = YAMLWriter.write(node)
        if let text { #expect(yaml == "value: \(text)\n") }
        #expect(try YAMLReader.read(yaml, source: "text") == node)
    }

    @Test func longTextsStayOnOneLine() throws {
        let node: ConfigNode = [
            "value": ConfigNode(.string(Array(repeating: "word", count: 100).joined(separator: " ")))
        ]
        #expect(YAMLWriter.write(node).split(separator: "\n").count == 1)
        #expect(try YAMLReader.read(YAMLWriter.write(node), source: "text") == node)
    }

    private static let excess: [(String, String)] = {
        let keys: String = (0..<500_000).map { "k\($0): 1\n" }.joined()
        let steps: String = (0..<1_300).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        let bomb: String = (1..<40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
        return [
            (keys, "bytes, and a configuration at most 1048576"),
            ("a: " + String(repeating: "x", count: 10_000_000), "bytes, and a configuration at most"),
            (String(repeating: "- ", count: 100_000), "the nesting is too deep"),
            (String(repeating: "[", count: 100_000), "the nesting is too deep"),
            (String(repeating: "{a: ", count: 100_000), "the nesting is too deep"),
            (steps, "the nesting is too deep"), ("a: &a [x, x]\nb: *a\n", "anchors and aliases"),
            ("a0: &a0 [x, x]\n" + bomb + "? *a39\n: v\n", "anchors and aliases"),
        ]
    }()

    /// Time, stack and messages are bounded for whatever a file holds.
    @Test(arguments: excess.indices)
    func excessIsRefusedAtOnce(index: Int) {
        let (text, expected) = Self.excess[index]
        let start = ContinuousClock.now
        let message = #expect(throws: ConfigError.self) { try YAMLReader.read(text, source: "a.yaml") }?.description
        #expect(message?.contains(expected) == true, "\(message?.prefix(300) ?? "")")
        #expect((message?.count ?? 0) < 500)
        #expect(ContinuousClock.now - start < .seconds(1))
    }

    /// As many keys as fit are read, and of unknown ones the first are named.
    @Test func manyUnknownKeysAreCounted() throws {
        let text = (0..<20_000).map { "k\($0): 1\n" }.joined()
        let node = try YAMLReader.read(text, source: "a.yaml")
        let error = #expect(throws: ConfigError.self) { try ConfigDecoder().decode(ExperimentConfig.self, from: node) }
        #expect(error?.problems.count == 21)
        #expect(error?.description.contains("19980 further keys are unknown") == true)
    }
}
