import NNLayers
import Testing
import NNTraining

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
}
