import Foundation
import NNLayers
import Testing

@testable import NNDatasets

@Suite struct TableFileTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try Image(size: 2, filledWith: 10).writePNG(to: folder.file("lists/a, b.png"))
        try Image(size: 2, filledWith: 20).writePNG(to: folder.file("lists/c.png"))
    }

    private func options(
        _ text: String, _ change: (inout TableFile.Options) -> Void = { _ in }
    ) throws -> any DatasetSource {
        var options = TableFile.Options()
        options.train = try folder.write(text, to: "lists/train.csv").path
        change(&options)
        try options.validate()
        return try options.build((), in: Registry(plugins: [DatasetsPlugin()]))
    }

    private func targets(_ dataset: any Dataset) throws -> [Target] {
        try (0..<dataset.count).map { try dataset.sample(at: $0).target }
    }

    @Test func readsQuotedCellsWindowsLinesAndUnknownValues() throws {
        let text = "\u{feff}image, cat ,\"a \"\"dog\"\"\"\r\n\"a, b.png\",1, 0 \r\n\r\nc.png,,1.0\r\n"
        let dataset = try options(text).dataset(.train)
        #expect(dataset.classNames == ["cat", "a \"dog\""] && dataset.labelKind == .flags)
        #expect(try targets(dataset) == [.values([1, 0]), .values([.nan, 1])])
        #expect(try dataset.sample(at: 0).image[0, 0] == 10)
        #expect(try dataset.labelCounts(at: 0) == [0: 1] && dataset.labelCounts(at: 1) == [1: 1])
        #expect(dataset.files(at: 1)[0].hasSuffix("lists/c.png"))
    }

    /// Excel writes tables of old Macs so.
    @Test func readsLinesThatEndByCarriageReturnsAlone() throws {
        let dataset = try options("image,cat,dog\r\"a, b.png\",1,0\rc.png,0,1\r").dataset(.train)
        #expect(try targets(dataset) == [.values([1, 0]), .values([0, 1])])
    }

    @Test func takesColumnsInAnyOrder() throws {
        let dataset = try options("x,file,y,note\n1e3,c.png,-2.5,\"two\nlines\"\n.5,c.png,,") {
            $0.images = "file"
            $0.columns = ["y", "x"]
            $0.task = "regression"
        }.dataset(.train)
        #expect(dataset.classNames == ["y", "x"] && dataset.labelKind == .values)
        #expect(try targets(dataset) == [.values([-2.5, 1000]), .values([.nan, 0.5])])
        #expect(try dataset.labelCounts(at: 0) == [:])
    }

    /// The outputs are numbered by the columns of the training file, whatever the order in the others.
    @Test func splitsHaveTheSameOrder() throws {
        let validation = try folder.write("image,b,a\nc.png,1,0\n", to: "lists/validation.csv").path
        let options = try options("image,a,b\nc.png,1,0\n") { $0.validation = validation }
        let dataset = try options.dataset(.validation)
        #expect(dataset.classNames == ["a", "b"])
        #expect(try targets(dataset) == [.values([0, 1])])
        #expect(failure { _ = try options.dataset(.test) }?.contains("no file is given for the split 'test'") == true)
    }

    @Test(arguments: [
        ("", "train.csv: the file is empty"),
        (" \n\n", "train.csv: it has no header"),
        ("image,a\n", "train.csv: it lists no images"),
        ("image\nc.png\n", "train.csv:1: there is no column but 'image'"),
        ("image,a\n\nc.png,1,2\n", "train.csv:3: the row has 3 cells, and the header 2 columns"),
        ("image,a\nc.png,\"1\n2\nx\n", "train.csv:2: a quote is not closed"),
        ("image,a\n\"x\ny\",1\nc.png,yes\n", "train.csv:4: the column 'a' has 'yes', which is no number"),
        ("image,a\nc.png,nan\n", "train.csv:2: the column 'a' has 'nan', which is no number"),
        ("image,a\nc.png,2\n", "train.csv:2: the column 'a' has '2', which is neither 0 nor 1"),
        ("image,a\nc.png,1e99\n", "train.csv:2: the column 'a' has '1e99', which is too large"),
        ("image,a\n,1\n", "train.csv:2: the column 'image' is empty"),
        ("image,a\nc\"d.png,1\n", "train.csv:2: a quote is in the middle of a cell"),
        ("image,a\n\"c.png\"x,1\n", "train.csv:2: text follows the closing quote of a cell"),
        ("image,a,a\nc.png,1,0\n", "train.csv:1: 2 columns are named 'a'"),
    ])
    func malformedFilesAreRefusedWithTheirLine(_ text: String, _ message: String) throws {
        let options = try options(text)
        let found = failure { _ = try options.dataset(.train) }
        #expect(found?.contains(message) == true, "\(found ?? "nothing")")
    }

    @Test func missingColumnsAreNamedWithTheNearest() throws {
        let options = try options("image,horse\nc.png,1\n") { $0.columns = ["hrose"] }
        let found = failure { _ = try options.dataset(.train) }
        #expect(found?.contains("train.csv:1: there is no column 'hrose'. Name another; did you mean 'horse'?") == true)
    }

    /// A task of a plugin has the labels that it declares.
    @Test func takesATaskOfAPlugin() throws {
        let registry = try Registry(plugins: [DatasetsPlugin()])
        let labels: [(String, LabelKind, Bool)] = [
            ("age", .values, true), ("tags", .flags, true), ("sex", .classes, false), ("depth", .values, false),
        ]
        for (name, kind, isAccepted) in labels {
            try registry.register(
                PredictionTask(
                    name, labels: kind, isDense: name == "depth", defaultLoss: "mse", defaultMetrics: ["regression"]),
                summary: "")
            let file = try folder.write("image,a\nc.png,1\n", to: "lists/\(name).csv").path
            let node: ConfigNode = [
                "type": "table", "train": ConfigNode(.string(file)), "task": ConfigNode(.string(name)),
            ]
            if isAccepted {
                let component = try registry.resolve(.dataset, Component(node))
                #expect(component.node["task"]?.string == name)
                let source = try registry.build(.dataset, component)
                #expect(source.task.rawValue == name && source.pathOptions.contains("root"))
                #expect(try source.dataset(.train).labelKind == kind)
            } else {
                // Also where the node is built without a check before.
                for found in [
                    failure { _ = try registry.check(.dataset, node.moved(to: "")) },
                    failure { _ = try registry.build(.dataset, from: node.moved(to: "")) },
                ] {
                    #expect(found?.contains("task: must be multi_label or regression") == true, "\(found ?? name)")
                }
            }
        }
    }

    @Test func optionsAreChecked() throws {
        let registry = try Registry(plugins: [DatasetsPlugin()])
        for (options, message) in [
            ("{}", "must name the CSV file"), ("task: count", "task: unknown task 'count'"),
            ("task: classification", "must be multi_label or regression"),
            ("task: segmentation", "must be multi_label or regression"), ("columns: []", "must name columns"),
            ("columns: [a, a]", "names a column twice"),
            ("images: a, columns: [a]", "which is the column of the images"),
        ] {
            var node: [ConfigEntry] = [ConfigEntry(key: "type", value: "table")]
            if options != "{}" { node.append(ConfigEntry(key: "train", value: "x.csv")) }
            switch options {
            case "task: classification": node.append(ConfigEntry(key: "task", value: "classification"))
            case "task: segmentation": node.append(ConfigEntry(key: "task", value: "segmentation"))
            case "task: count": node.append(ConfigEntry(key: "task", value: "count"))
            case "columns: []": node.append(ConfigEntry(key: "columns", value: ConfigNode(.sequence([]))))
            case "columns: [a, a]": node.append(ConfigEntry(key: "columns", value: ["a", "a"]))
            case "images: a, columns: [a]":
                node += [ConfigEntry(key: "images", value: "a"), ConfigEntry(key: "columns", value: ["a"])]
            default: break
            }
            let found = failure { _ = try registry.check(.dataset, ConfigNode(.mapping(node)).moved(to: "")) }
            #expect(found?.contains(message) == true, "\(options): \(found ?? "nothing")")
        }
    }
}
