import NNLayers
import Testing

private enum Mode: String, Codable, CaseIterable {
    case fast
    case exact = "very_exact"
}

private struct Average: ComponentOptions, Equatable {
    var decay = 0.999
    var warmupSteps = 10

    func validate() throws {
        if decay >= 1 { throw OptionError("decay", "must be below 1, not \(decay)") }
    }
}

/// Reads its parts through nested containers.
private enum Crop: Codable, Equatable {
    case centre(size: Int)
    case random(minimumSize: Int, maximumSize: Int)
}

/// Reads its value through a container for one value.
private struct Weights: Codable, Equatable {
    var byName: [String: Int]

    init(byName: [String: Int]) { self.byName = byName }
    init(from decoder: any Decoder) throws {
        byName = try decoder.singleValueContainer().decode([String: Int].self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(byName)
    }
}

private struct Stage: Codable, Equatable {
    var width: Int
    var name: String?
}

private struct Settings: ComponentOptions, Equatable {
    var learningRate: Float = 0.1
    var epochs = 15
    var usesEMA = false
    var title = "untitled"
    var mode = Mode.fast
    var average: Average?
    var betas = [0.9, 0.999]
    var classWeights: [String: Double] = ["Sky": 1]
    var stages: [Stage] = []
    var seed: UInt8 = 0
    var part: ConfigNode = nil
}

/// Puts a node at a place of a file, as a reader does.
private func written(_ node: ConfigNode, line: Int, column: Int) -> ConfigNode {
    var node = node
    node.place = ConfigPlace(source: "a.yaml", line: line, column: column)
    return node
}

private func problems(_ node: ConfigNode) -> [String] {
    do {
        _ = try ConfigDecoder().decode(Settings.self, from: node)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

@Suite struct ConfigDecoderTests {
    @Test func whatIsLeftOutKeepsItsDefault() throws {
        let settings = try ConfigDecoder().decode(Settings.self, from: ["epochs": 3, "learning_rate": 1])
        var expected = Settings()
        expected.epochs = 3
        expected.learningRate = 1
        #expect(settings == expected)
    }

    @Test func everyTypeIsRead() throws {
        let settings = try ConfigDecoder().decode(
            Settings.self,
            from: [
                "learning_rate": 1e-4, "uses_ema": true, "title": "20", "mode": "very_exact",
                "average": ["decay": 0.5], "betas": [1, 0.25], "class_weights": ["bigTree": 2, "b": 0.5],
                "stages": [["width": 8, "name": "stem"], ["width": 9]], "seed": 255, "part": ["type": "x", "n": 1],
            ])
        #expect(settings.learningRate == 1e-4)
        #expect(settings.usesEMA)
        #expect(settings.title == "20")
        #expect(settings.mode == .exact)
        #expect(settings.average == Average(decay: 0.5, warmupSteps: 10))
        #expect(settings.betas == [1, 0.25])
        #expect(settings.classWeights == ["bigTree": 2, "b": 0.5])
        #expect(settings.stages == [Stage(width: 8, name: "stem"), Stage(width: 9)])
        #expect(settings.seed == 255)
        #expect(settings.part == ["type": "x", "n": 1])
        #expect(settings.part["n"]?.keyPath == "part.n")
    }

    @Test func nullIsNilForAnOptionalOnly() throws {
        #expect(try ConfigDecoder().decode(Settings.self, from: ["average": nil]).average == nil)
        #expect(problems(["epochs": nil]) == ["epochs: expected an integer, found null"])
    }

    @Test(
        arguments: [
            (["epochs": 3.0], "epochs: expected an integer, found the number 3.0"),
            (["epochs": "3"], "epochs: expected an integer, found the string '3'; remove the quotes"),
            (
                ["epochs": "99999999999999999999"],
                "epochs: expected an integer, found the string '99999999999999999999'"
            ),
            (["learning_rate": "nan"], "learning_rate: expected a number, found the string 'nan'"),
            (["learning_rate": "inf"], "learning_rate: expected a number, found the string 'inf'"),
            (["epochs": true], "epochs: expected an integer, found true"),
            (["learning_rate": "0.1"], "learning_rate: expected a number, found the string '0.1'; remove the quotes"),
            (["learning_rate": [1]], "learning_rate: expected a number, found a list"),
            (["learning_rate": 1e300], "learning_rate: 1e+300 is too large for a float32"),
            (["uses_ema": "yes"], "uses_ema: expected true or false, found the string 'yes'"),
            (["uses_ema": 1], "uses_ema: expected true or false, found the integer 1"),
            (["title": 20], "title: expected a string, found the integer 20; put it in quotes"),
            (["mode": "exact"], "mode: unknown value 'exact'; known: fast, very_exact"),
            (["mode": "fats"], "mode: unknown value 'fats'; did you mean 'fast'? Known: fast, very_exact"),
            (["mode": 1], "mode: expected a string, found the integer 1; put it in quotes"),
            (["average": 0.5], "average: expected a mapping of keys to values, found the number 0.5"),
            (["average": ["decay": 2]], "average.decay: must be below 1, not 2.0"),
            (["betas": 0.9], "betas: expected a list, found the number 0.9"),
            (["betas": [0.9, "x"]], "betas.1: expected a number, found the string 'x'"),
            (["class_weights": ["Sky": "x"]], "class_weights.Sky: expected a number, found the string 'x'"),
            (["stages": [["name": "stem"]]], "stages.0: missing key 'width'"),
            (["seed": 256], "seed: 256 is outside 0...255"),
            (["seed": -1], "seed: -1 is outside 0...255"),
            ([1, 2], "expected a mapping of keys to values, found a list"),
        ] as [(ConfigNode, String)])
    func wrongTypes(node: ConfigNode, message: String) {
        #expect(problems(node) == [message])
    }

    @Test func unknownKeysAtEveryLevel() {
        let node: ConfigNode = [
            "epoch": 3, "average": ["dacay": 0.5], "stages": [["width": 1, "colour": "red"]], "useEMA": true,
        ]
        #expect(
            problems(node) == [
                "average.dacay: unknown key 'dacay'; did you mean 'decay'? Known: decay, warmup_steps",
                "stages.0.colour: unknown key 'colour'; known: width, name",
                "epoch: unknown key 'epoch'; did you mean 'epochs'? Known: learning_rate, epochs, uses_ema, title, "
                    + "mode, average, betas, class_weights, stages, seed, part",
                "useEMA: unknown key 'useEMA'; did you mean 'uses_ema'? Known: learning_rate, epochs, uses_ema, "
                    + "title, mode, average, betas, class_weights, stages, seed, part",
            ])
    }

    @Test func problemsNameTheirPlace() {
        let entry = ConfigEntry(
            key: "epocs", value: written(3, line: 7, column: 9),
            place: ConfigPlace(source: "a.yaml", line: 7, column: 3))
        let epochs = ConfigEntry(key: "epochs", value: written("three", line: 8, column: 11))
        let root = written(ConfigNode(.mapping([entry, epochs])).moved(to: ""), line: 7, column: 3)
        let found = problems(root)
        #expect(found.first == "a.yaml:8:11: epochs: expected an integer, found the string 'three'")
        #expect(found.last?.hasPrefix("a.yaml:7:3: epocs: unknown key 'epocs'; did you mean 'epochs'? ") == true)
        #expect(found.count == 2)
    }

    @Test func aMissingKeyHasThePlaceOfItsMapping() {
        let stage = written(["name": "stem"], line: 4, column: 5)
        let node = ConfigNode(.mapping([ConfigEntry(key: "stages", value: [stage])])).moved(to: "")
        #expect(problems(node) == ["a.yaml:4:5: stages.0: missing key 'width'"])
    }

    @Test func readingGoesOnAfterEveryKindOfProblem() {
        let node: ConfigNode = [
            "learning_rate": "x", "epochs": 1.5, "uses_ema": 0, "title": [], "mode": "slow", "average": 3,
            "betas": [nil], "class_weights": 1, "stages": [3], "seed": 1000,
        ]
        #expect(
            problems(node).map { $0.prefix { $0 != ":" } } == [
                "learning_rate", "epochs", "uses_ema", "title", "mode", "average", "betas.0", "class_weights",
                "stages.0", "seed",
            ])
    }

    @Test func nestedContainersAreStrictToo() throws {
        let node: ConfigNode = ["random": ["minimum_size": 3, "maximum_size": 5]]
        #expect(try ConfigDecoder().decode(Crop.self, from: node) == .random(minimumSize: 3, maximumSize: 5))
        #expect(try ConfigEncoder().encode(Crop.random(minimumSize: 3, maximumSize: 5)) == node)
        #expect {
            try ConfigDecoder().decode(Crop.self, from: ["centre": ["size": 3, "seize": 4]])
        } throws: { "\($0)" == "centre.seize: unknown key 'seize'; did you mean 'size'? Known: size" }
    }

    @Test func aDictionaryKeepsItsKeysWithinAWrapper() throws {
        let weights = Weights(byName: ["bigTree": 2])
        #expect(try ConfigDecoder().decode(Weights.self, from: ["bigTree": 2]) == weights)
        #expect(try ConfigEncoder().encode(weights) == ["bigTree": 2])
    }
}
