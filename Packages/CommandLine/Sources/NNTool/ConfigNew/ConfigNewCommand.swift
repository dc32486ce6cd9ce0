import ArgumentParser
import Foundation
import NNCore
@_spi(Internal) import NNDatasets
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

struct ConfigNewCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Writes a configuration for a folder of images.",
        discussion: """
            Looks at the folder: class folders with or without splits, names of files such as cat.0.jpg, images with masks, \
            lists and CSV files, and data sets as they are published. Chooses transforms, a network and a batch that suit the \
            size and the number of the images and the memory, takes the normalization from the images or from the weights, \
            and divides data that has no validation images. The file is checked as by 'nn config check' before it is written, \
            and trains as it is.
            """)

    @Argument(help: "The folder of the data.")
    var folder: String

    @Option(help: ArgumentHelp("The file to write. (default: NAME.yaml, by the name of the folder)", valueName: "file"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "The backbone, such as resnet50 or vovnet39. (default: by the size of the images or the weights)",
            valueName: "name"))
    var backbone: String?

    @Option(help: ArgumentHelp("Pretrained weights to start from.", valueName: "file"))
    var weights: String?

    @Flag(help: "Overwrite the file if it exists.")
    var force = false

    func run(_ tool: Tool) throws {
        switch PathKind(of: (folder as NSString).expandingTildeInPath) {
        case .folder: break
        case .file: throw CommandFailure(message: "\(folder) is a file; name the folder of the data")
        case .nothing: throw CommandFailure(message: "\(folder): there is no such folder; name the folder of the data")
        }
        let name = URL(fileURLWithPath: folder).standardizedFileURL.lastPathComponent
        let path = output ?? "\(name).yaml"
        let file = try OutputFile(URL(fileURLWithPath: path), notOver: []).url
        if !force, PathKind(of: file.path) != .nothing {
            throw CommandFailure(message: "\(path) exists; name another file by --output, or overwrite it by --force")
        }
        if let weights, PathKind(of: weights) != .file {
            throw CommandFailure(message: "\(weights): there is no such file of weights")
        }
        let reader = try ImageReader().withFormats(of: tool.registry)
        let layout = try DataLayout.find(in: folder, reader)
        let facts = try DataFacts(layout, tool.registry)
        let draft = try draft(layout, facts, path, tool)
        let text = draft.yaml(title: title(layout, facts, path))
        let experiment = try Self.experiment(text, path, tool.registry)
        let report = try ConfigCheckReport(experiment)
        var sizes = try DataCheck(of: experiment)
        sizes.splits = experiment.trainingSplits
        let findings = sizes.runHeaders { try experiment.dataset($0, keepsSamples: false) }.findings
        for line in FindingList(findings: findings, limit: 5, hint: "'nn data check' shows all").lines {
            tool.console.report(line)
        }
        if findings.contains(where: { $0.severity == .error }) {
            throw CommandFailure(message: "\(path) was not written, since these images cannot be trained on")
        }
        for warning in report.warnings { tool.console.report("warning: \(warning)") }
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try AtomicFile.write(Data(text.utf8), to: file)
        tool.console.print("\(path): \(layout.summary), \(facts.classText)\n\(report.text)\nnext    nn train \(path)")
    }

    private func title(_ layout: DataLayout, _ facts: DataFacts, _ path: String) -> [String] {
        [
            "\(folder): \(layout.summary), \(facts.count.grouped) images of \(facts.sizeText),",
            "\(facts.classText).", "", "nn train \(path)", "",
        ]
    }

    /// The draft that was proven, with the batch that fits into memory and, where there are weights, their network and
    /// normalization.
    private func draft(_ layout: DataLayout, _ facts: DataFacts, _ path: String, _ tool: Tool) throws -> ConfigDraft {
        let named = backbone.map { ConfigDraft.backbone(named: $0, tool.registry) }
        var draft = ConfigDraft(layout, facts, backbone: named, weights: weights)
        if weights != nil {
            let candidates = named.map { [$0] } ?? Self.candidates(tool.registry)
            guard let (fitting, input) = try fitting(candidates, draft, path, tool) else {
                throw CommandFailure(
                    message:
                        "\(weights ?? ""): the weights fit none of the \(candidates.count) backbones that were tried; "
                        + "name theirs by --backbone; 'nn weights inspect' shows what the file holds")
            }
            draft.backbone = fitting
            if let input {
                draft.normalization = Normalization(mean: input.mean, standardDeviation: input.standardDeviation)
                draft.isBGR = input.isBGR
            }
        }
        let experiment = try Self.experiment(draft.yaml(title: []), path, tool.registry)
        draft.fit(try experiment.proveShapes().memory, available: ProcessMemory.available)
        return draft
    }
}

extension ConfigNewCommand {
    /// The networks whose published weights are usual.
    private static func candidates(_ registry: Registry) -> [ConfigNode] {
        let names =
            [50, 18, 34, 101, 152].map { "resnet\($0)" } + [39, 57, 99, 27, 19].map { "vovnet\($0)" }
            + [121, 169, 201].map { "densenet\($0)" } + [16, 11, 13, 19].map { "vgg\($0)" }
            + [20, 56, 32, 44, 110].map { "resnet_cifar\($0)" } + ["mobilenet", "xception", "inception_resnet_v2"]
        return names.map { ConfigDraft.backbone(named: $0, registry) }
    }

    /// The first backbone that takes the weights, with how images were prepared for them; nil if none does.
    /// - Throws: The reason, where there is one candidate only.
    private func fitting(
        _ candidates: [ConfigNode], _ draft: ConfigDraft, _ path: String, _ tool: Tool
    ) throws -> (backbone: ConfigNode, input: (mean: [Float], standardDeviation: [Float], isBGR: Bool)?)? {
        var draft = draft
        for candidate in candidates {
            draft.backbone = candidate
            do {
                let input = try Self.experiment(draft.yaml(title: []), path, tool.registry).weightInput()
                return (candidate, input.map { ($0.mean, $0.standardDeviation, $0.isBGR) })
            } catch  where candidates.count > 1 && error is ConfigError {
                continue
            }
        }
        return nil
    }

    /// The experiment of a configuration that is not in a file yet.
    private static func experiment(_ text: String, _ path: String, _ registry: Registry) throws -> Experiment {
        try Experiment(
            ConfigCheck(registry: registry).resolve(YAMLReader.read(text, source: path)), registry: registry)
    }
}
