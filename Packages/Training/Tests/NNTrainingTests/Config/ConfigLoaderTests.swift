import NNLayers
import Testing
import NNTraining

@Suite struct ConfigLoaderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func load(_ files: [String: String], overrides: [String] = []) throws -> ConfigNode {
        for (name, text) in files { try folder.write(name, text) }
        return try ConfigLoader.load(folder.path + "/main.yaml", overrides: overrides)
    }

    /// The message, with paths relative to the folder.
    private func message(_ files: [String: String], overrides: [String] = []) -> String? {
        do {
            _ = try load(files, overrides: overrides)
            return nil
        } catch {
            return "\(error)".replacing(folder.path + "/", with: "")
        }
    }

    @Test func mappingsAreJoinedAndListsReplaced() throws {
        let node = try load([
            "main.yaml": "_base_: bases/a.yaml\ndata: {batch_size: 64, list: [9]}\nnew: 1\nnothing: null\n",
            "bases/a.yaml": "epochs: 3\ndata: {batch_size: 32, path: x, list: [1, 2, 3]}\nnothing: {a: 1}\n",
        ])
        #expect(
            node == [
                "epochs": 3, "data": ["batch_size": 64, "path": "x", "list": [9]], "nothing": nil, "new": 1,
            ])
        #expect(node["data"]?["path"]?.keyPath == "data.path")
        #expect(node["data"]?["path"]?.place?.source.hasSuffix("bases/a.yaml") == true)
        #expect(node["data"]?["batch_size"]?.place?.source.hasSuffix("main.yaml") == true)
    }

    @Test func laterBasesGoOverEarlierOnesAndBasesHaveBases() throws {
        let node = try load([
            "main.yaml": "_base_: [a.yaml, sub/b.yaml]\nm: 0\n", "a.yaml": "m: 1\na: 1\nx: 1\n",
            "sub/b.yaml": "_base_: ../c.yaml\nm: 2\nx: 2\n", "c.yaml": "m: 3\nx: 3\nc: 3\n",
        ])
        #expect(node == ["m": 0, "a": 1, "x": 2, "c": 3])
    }

    @Test func aFileMayBeABaseTwice() throws {
        let node = try load([
            "main.yaml": "_base_: [a.yaml, b.yaml]\n", "a.yaml": "_base_: c.yaml\n", "b.yaml": "_base_: c.yaml\n",
            "c.yaml": "c: 3\n",
        ])
        #expect(node == ["c": 3])
    }

    @Test(
        arguments: [
            ("{type: sgd, momentum: 0.5}", ["type": "sgd", "lr": 0.1, "momentum": 0.5]),
            ("{momentum: 0.5}", ["type": "sgd", "lr": 0.1, "momentum": 0.5]),
            ("{type: adam, beta1: 0.5}", ["type": "adam", "beta1": 0.5]),
            ("adam", "adam"),
        ] as [(String, ConfigNode)])
    func aComponentIsReplacedWhereItsTypeDiffers(child: String, expected: ConfigNode) throws {
        let node = try load([
            "main.yaml": "_base_: base.yaml\noptimizer: \(child)\n",
            "base.yaml": "optimizer: {type: sgd, lr: 0.1, momentum: 0.9}\n",
        ])
        #expect(node["optimizer"] == expected)
    }

    @Test func optionsJoinAComponentThatTheBaseNamesAlone() throws {
        let node = try load([
            "main.yaml": "_base_: base.yaml\nschedule: {warmup_epochs: 1}\n", "base.yaml": "schedule: cosine\n",
        ])
        #expect(node["schedule"] == ["type": "cosine", "warmup_epochs": 1])
    }

    @Test func aCycleNamesTheChain() {
        #expect(
            message([
                "main.yaml": "_base_: a.yaml\n", "a.yaml": "x: 1\n_base_: b.yaml\n", "b.yaml": "_base_: ./a.yaml\n",
            ])
                == "b.yaml:1:9: _base_: files are based on each other: main.yaml -> a.yaml -> b.yaml -> ./a.yaml; "
                + "remove one _base_")
        #expect(
            message(["main.yaml": "_base_: main.yaml\n"])?.hasSuffix("main.yaml -> main.yaml; remove one _base_")
                == true)
    }

    @Test func aMissingBaseIsReportedWhereItIsNamed() {
        #expect(
            message(["main.yaml": "a: 1\n_base_: [none.yaml]\n"])
                == "main.yaml:2:10: _base_: there is no file 'none.yaml'; "
                + "check the path, which is relative to this file")
        #expect(
            message(["main.yaml": "_base_: {a: 1}\n"])
                == "main.yaml:1:9: _base_: expected the path of a file, found a mapping")
        #expect(message(["main.yaml": "- a\n"]) == "main.yaml:1:1: expected a mapping of keys to values, found a list")
    }

    @Test func overridesAreReadAsYAML() throws {
        let node = try load(
            ["main.yaml": "optimizer: {type: sgd, lr: 0.1}\nlist: [{a: 1}, {a: 2}]\nhead: classifier\n"],
            overrides: [
                "optimizer.lr=5e-2", "list.1.a=[1, x]", "new.deep.key={b: true}", "head.dropout=0.5", "text='20'",
                "empty=", "optimizer.lr=1", "equals=a=b",
            ])
        #expect(
            node == [
                "optimizer": ["type": "sgd", "lr": 1], "list": [["a": 1], ["a": [1, "x"]]],
                "head": ["type": "classifier", "dropout": 0.5], "new": ["deep": ["key": ["b": true]]],
                "text": "20", "empty": nil, "equals": "a=b",
            ])
        #expect(node["list"]?.elements?[1]["a"]?.elements?[0].keyPath == "list.1.a.0")
    }

    /// The shell has removed its quotes and comments already; what is left are words.
    @Test(arguments: [
        "[2024] images", "'a' and 'b'", "- a", "? x", "my data #2", "a: b", "b: 1: 2", "C:\\data", "50%", "@home",
        "*.png", "a|b", "# all", "a\nb", "!x",
    ])
    func wordsAreTakenAsTheyAre(text: String) throws {
        let node = try load(["main.yaml": "path: here\n"], overrides: ["path=\(text)"])
        #expect(node == ["path": .init(.string(text))])
    }

    @Test func elementsAreAppendedToLists() throws {
        let node = try load(
            ["main.yaml": "list: [a]\ndeep: {list: [[1], 2]}\nnull_list: null\n"],
            overrides: [
                "list+=b", "list+=[c, d]", "list+={type: e}", "new.list+=1", "null_list+=1", "deep.list.0+=5",
            ])
        #expect(
            node == [
                "list": ["a", "b", "c", "d", ["type": "e"]], "deep": ["list": [[1, 5], 2]], "null_list": [1],
                "new": ["list": [1]],
            ])
        #expect(node["list"]?.elements?[4]["type"]?.keyPath == "list.4.type")
    }

    @Test func everyWrongOverrideIsReported() {
        let problems = message(
            ["main.yaml": "list: [1, 2]\nepochs: 3\nnone: []\n"],
            overrides: [
                "lr", "a..b=1", "=1", "list.2=1", "list.first=1", "none.0=1", "epochs.x=1", "a=[1", "epochs+=1",
            ])
        #expect(
            problems?.split(separator: "\n").map(String.init) == [
                "--set lr: expected KEY.PATH=VALUE; write as in --set optimizer.lr=0.05",
                "--set a..b=1: expected KEY.PATH=VALUE; write as in --set optimizer.lr=0.05",
                "--set =1: expected KEY.PATH=VALUE; write as in --set optimizer.lr=0.05",
                "--set list.2=1: list: the list has no element '2'; its elements are 0 to 1",
                "--set list.first=1: list: the list has no element 'first'; its elements are 0 to 1",
                "--set none.0=1: none: the list has no element '0'; it is empty",
                "--set epochs.x=1: epochs: the integer 3 has no key 'x'",
                "--set a=[1: did not find expected ',' or ']' (while parsing a flow sequence at line 1)",
                "--set epochs+=1: epochs: only a list can be appended to, found the integer 3; write KEY.PATH=VALUE",
            ])
    }

    @Test func anUnknownOverrideIsReportedWithItself() throws {
        let node = try load(["main.yaml": "epochs: 3\n"], overrides: ["epocs=4", "data.batch_size=many"])
        #expect {
            try ConfigDecoder().decode(ExperimentConfig.self, from: node)
        } throws: { error in
            guard let problems = (error as? ConfigError)?.problems.map(\.description) else { return false }
            return problems.contains {
                $0.hasPrefix("--set epocs=4: epocs: unknown key 'epocs'; did you mean 'epochs'? Known: model, data, ")
            }
                && problems.contains(
                    "--set data.batch_size=many: data.batch_size: expected an integer, found the string 'many'")
        }
    }
}
