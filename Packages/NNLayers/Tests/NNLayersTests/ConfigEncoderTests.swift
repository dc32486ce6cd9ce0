import Foundation
import NNLayers
import Testing

private struct Inner: Codable, Equatable {
    var poolSize = 2
    var note: String?
}

private struct Outer: Codable, Equatable {
    var learningRate: Float = 0.1
    var useBNBias = true
    var conv2DKernel = 3
    var layer2Width = 64
    var inner = Inner()
    var list: [Inner?] = [nil, Inner(poolSize: 4, note: "x")]
    var byName = ["someName": 1.5]
    var missing: Double?
    var node: ConfigNode = ["a": [1, "two"]]
}

@Suite struct ConfigEncoderTests {
    private let expected: ConfigNode = [
        "learning_rate": 0.1, "use_bn_bias": true, "conv2d_kernel": 3, "layer2_width": 64,
        "inner": ["pool_size": 2, "note": nil],
        "list": [nil, ["pool_size": 4, "note": "x"]], "by_name": ["someName": 1.5], "missing": nil,
        "node": ["a": [1, "two"]],
    ]

    @Test func writesPropertiesInOrderUnderSnakeCaseKeys() throws {
        #expect(try ConfigEncoder().encode(Outer()) == expected)
    }

    @Test func theDecoderReadsItBack() throws {
        var outer = Outer()
        outer.learningRate = 0.3
        outer.missing = 1
        let node = try ConfigEncoder().encode(outer)
        #expect(try ConfigDecoder().decode(Outer.self, from: node) == outer)
    }

    @Test func keyPathsFollowFromTheRoot() throws {
        let node = try ConfigEncoder().encode(Outer())
        #expect(node["list"]?.elements?[1]["note"]?.keyPath == "list.1.note")
    }

    @Test func aNodeIsPlainInJSON() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let node: ConfigNode = ["a": [1, 2.5, nil, true], "b": "x"]
        #expect(String(decoding: try encoder.encode(node), as: UTF8.self) == #"{"a":[1,2.5,null,true],"b":"x"}"#)
    }
}
