import NNDatasets
import NNInference
import NNLayers
import NNOptimizers
@_spi(Internal) import NNTraining
import Testing

/// `--set`: every kind of key takes what a user writes for it.
@Suite struct OverrideTests {
    private static let file = """
        model: {backbone: {type: resnet_cifar, depth: 8}, head: classifier}
        data: {dataset: {type: shapes}}
        """

    private func config(_ overrides: String..., file: String = Self.file) throws -> ExperimentConfig {
        var node = try YAMLReader.read(file, source: "a.yaml")
        for text in overrides { node = try ConfigOverride(text).applied(to: node) }
        return try ConfigCheck(registry: TestExperiment.registry()).resolve(node)
    }

    /// Keys below components that stand at their defaults, or are written as a bare name.
    @Test func keysOfDefaultComponentsAreSet() throws {
        let plain = try config("optimizer.lr=0.02", "schedule.warmup_epochs=2")
        #expect(plain.optimizer.node["type"] == "sgd" && plain.optimizer.node["lr"] == 0.02)
        #expect(plain.schedule.node["type"] == "constant" && plain.schedule.node["warmup_epochs"] == 2.0)
        let file = Self.file + "\noptimizer: adam\nloss: focal\n"
        let named = try config("optimizer.lr=0.02", "loss.gamma=3", "model.head.dropout=0.5", file: file)
        #expect(named.optimizer.node["type"] == "adam" && named.optimizer.node["lr"] == 0.02)
        #expect(named.loss?.node["gamma"] == 3.0 && named.model.head.node["dropout"] == 0.5)
        // In any order, and with several keys of one component.
        let several = try config("optimizer.momentum=0.5", "optimizer.lr=0.02")
        #expect(several.optimizer.node["momentum"] == 0.5 && several.optimizer.node["lr"] == 0.02)
        let typed = try config("optimizer.lr=0.02", "optimizer.type=adam")
        #expect(typed.optimizer.node["type"] == "adam" && typed.optimizer.node["lr"] == 0.02)
    }

    @Test func theDefaultLossOfTheTaskTakesKeys() throws {
        let loss = try config("loss.label_smoothing=0.1").loss
        #expect(loss?.node["type"] == "cross_entropy" && loss?.node["label_smoothing"] == 0.1)
    }

    @Test func optionsThatAreComponentsTakeKeys() throws {
        let file = Self.file.replacing("depth: 8", with: "depth: 8, initializer: kaiming_normal")
        let config = try config("model.backbone.initializer.gain=2", file: file)
        #expect(config.model.backbone.node["initializer"]?["gain"] != nil)
        // The default of the option itself.
        let plain = try self.config("model.backbone.normalization.epsilon=0.01")
        #expect(plain.model.backbone.node["normalization"]?["epsilon"] == 0.01)
        #expect(plain.model.backbone.node["normalization"]?["type"] != nil)
    }

    /// In a file, options without a type are still a mistake, and so are unknown options.
    @Test func typesAreNotGuessedElsewhere() {
        #expect(throws: ConfigError.self) { try config(file: Self.file + "\noptimizer: {lr: 0.1}\n") }
        #expect(throws: ConfigError.self) { try config("optimizer.gamma=1") }
        #expect(throws: ConfigError.self) { try config("model.auxiliary_head.dropout=0.5") }
    }

    private struct Everything: ComponentOptions, Equatable {
        var text = ""
        var optional: String?
        var list: [String] = []
        var integer = 0
        var number = 0.0
        var flag = false
        var cache = CachePolicy.automatic
        var classes: ClassListOption?
    }

    private func decoded(_ override: String) throws -> Everything {
        let node = try ConfigOverride(override).applied(to: ["text": "x"])
        return try ConfigDecoder().decode(Everything.self, from: node)
    }

    @Test(arguments: [
        "007", "1e3", "yes", "no", "null", "~", "true", "False", ".5", "0x1F", "-1", "1_000", "2024-01-01", ".inf",
        "a #2",
        "a: b", "C:\\x", "#1", "*", "&a", "!tag", "%", "@x", "`x`", "|", ">", "- a", "[a] b", "{a}b", "é",
        "99999999999999999999",
    ])
    func textKeysTakeTextAsItIs(text: String) throws {
        #expect(try decoded("text=\(text)").text == text)
        #expect(try decoded("list=['\(text)']").list == [text])
        #expect(try decoded("classes=\(text)").classes == (["null", "~"].contains(text) ? nil : .file(text)))
        if !["null", "~"].contains(text) { #expect(try decoded("optional=\(text)").optional == text) }
    }

    @Test func otherKeysTakeValues() throws {
        #expect(try decoded("list=[007, 1e3, yes, null]").list == ["007", "1e3", "yes", "null"])
        #expect(try decoded("list+=007").list == ["007"])
        #expect(try decoded("optional=null").optional == nil)
        #expect(try decoded("text=").text == "")
        #expect(try decoded("integer=007").integer == 7)
        #expect(try decoded("integer= 7 ").integer == 7)
        #expect(try decoded("number=1e3").number == 1000)
        #expect(try decoded("number=7").number == 7)
        #expect(try decoded("flag=true").flag)
        #expect(try decoded("cache=false").cache == .never)
        #expect(try decoded("cache=auto").cache == .automatic)
        #expect(try decoded("text='a: \"b\"'").text == "a: \"b\"")
        #expect(throws: ConfigError.self) { try decoded("flag=yes") }
        #expect(throws: ConfigError.self) { try decoded("integer=x") }
    }

    /// A message quotes no more than a line of what is wrong.
    @Test func longValuesAreNotEchoed() throws {
        let long = String(repeating: "x y ", count: 250_000)
        for override in ["integer=\(long)", "\(long.replacing(" ", with: "_"))=1", "cache=\(long)"] {
            #expect {
                try decoded(override)
            } throws: {
                "\($0)".count < 1000
            }
        }
    }
}
