import ArgumentParser
import Foundation
@_spi(Internal) import NNDatasets
@_spi(Internal) import NNInference
@_spi(Text) import NNLayers
import NNPlotting
@_spi(Internal) import NNTraining

/// Shows which parts of images speak for a class.
struct ExplainCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Shows which parts of images speak for a class.",
        discussion: """
            Uses a checkpoint of a classifier, a multi-label network or a segmenter. Writes the image with the evidence \
            in color over it (NAME-gradcam.png or NAME-occlusion.png), and a sheet of all images (explanations.png). \
            What the network does not see, such as what a crop leaves out, stays unpainted.

            Grad-CAM weighs the feature maps of the backbone by the gradients of the class (Selvaraju et al. 2017); it \
            takes two passes, and shows as much detail as the feature map has. Occlusion hides a patch after the other, \
            and shows how far the probability of the class falls (Zeiler and Fergus 2014); it takes a pass for each \
            patch, and any network.
            """)

    /// How a prediction is explained.
    enum Method: String, CaseIterable, ExpressibleByArgument {
        case gradCAM = "grad-cam"
        case occlusion
    }

    @Argument(help: "The run folder.")
    var run: String

    @Argument(help: "Image files (PNG, JPEG, and those of plugins) and folders of them.")
    var images: [String]

    @Option(help: "The checkpoint to load.")
    var checkpoint = RunDirectory.CheckpointName.best

    @Option(help: "The method: grad-cam or occlusion.")
    var method = Method.gradCAM

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp(
            "The class by name or index. (default: the predicted one; of a segmenter, that of the most pixels)",
            valueName: "name|index"))
    var className: String?

    @Option(help: "grad-cam: the feature map of the backbone, 0 for the finest. (default: the coarsest)")
    var stage: Int?

    @Option(
        help: """
            occlusion: the side of the patch, in pixels of the image after the transforms. (default: 32, or a quarter of \
            the shorter side where that is less)
            """)
    var patch: Int?

    @Option(help: "occlusion: the distance from one patch to the next. (default: half the patch)")
    var stride: Int?

    @Option(help: ArgumentHelp("The folder for the files. (default: RUN/explanations)", valueName: "dir"))
    var output: String?

    @Option(help: "The opacity of the colors over the image, from 0 to 1.")
    var opacity: Float = 0.5

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if !(0...1 ~= opacity) { throw ValidationError("--opacity must be from 0 to 1, not \(opacity)") }
        for (name, value) in [("patch", patch), ("stride", stride)] {
            guard let value else { continue }
            if method != .occlusion { throw ValidationError("--\(name) is for --method occlusion") }
            if value < 1 { throw ValidationError("--\(name) must be 1 or more, not \(value)") }
        }
        if stage != nil, method != .gradCAM { throw ValidationError("--stage is for --method grad-cam") }
    }

    func run(_ tool: Tool) throws {
        try ImageFiles.checkPaths(images)
        let run = try RunDirectory(existing: URL(fileURLWithPath: run))
        try tool.startEngine()
        let trained = try TrainedRun(run, checkpoint, config: run.config(), isForTraining: false)
        try trained.check(for: .prediction, tool.console)
        let predictor = try Predictor(trained, registry: tool.registry)
        let index = try className.map { try Self.classIndex(of: $0, among: predictor.data.classNames) }
        do throws(OptionError) {
            try predictor.checkExplanation(class: index, by: explanationMethod)
        } catch {
            throw Self.failure(error, of: run)
        }
        let (inputs, unread) = try ImageFiles.find(images, predictor.reader)
        tool.console.report(unread)
        if let video = inputs.first(where: \.isVideo) {
            throw CommandFailure(message: "\(video.path): nn explain takes images; extract frames of the video")
        }
        let folder = output.map { URL(fileURLWithPath: $0) } ?? run.file("explanations")
        try explain(inputs, predictor, class: index, to: folder, tool.console)
    }

    private var explanationMethod: ExplanationMethod {
        method == .gradCAM ? .gradCAM(stage: stage) : .occlusion(patch: patch, stride: stride)
    }

    private func explain(
        _ inputs: [ImageFiles.Input], _ predictor: Predictor, class index: Int?, to folder: URL, _ console: Console
    ) throws {
        func url(_ input: ImageFiles.Input) -> URL {
            folder.appending(path: "\(input.name)-\(method == .gradCAM ? "gradcam" : "occlusion").png")
        }
        var sheets = ImageSheets(
            folder, name: "explanations", groupsInSheet: 30, columns: min(6, 2 * inputs.count),
            colorBar: Explanation.colorBar(of: explanationMethod))
        let results =
            inputs.map { (url: url($0), owner: $0.path) }
            + sheets.urls(forGroups: inputs.count).map { (url: $0, owner: "the sheet") }
        try ImageFiles.checkResults(results, over: inputs)
        var list = ExplanationList(method: method.rawValue)
        let succeeded = try ImageFiles.forEach(inputs, title: "explain", predictor.reader, console) { input in
            let image = try predictor.reader.image(contentsOf: input.url)
            let found = try predictor.explain(image, name: input.path, class: index, by: explanationMethod)
            let view = predictor.reader.view(of: image)
            let overlay = found.overlay(on: view, opacity: opacity)
            let file = url(input)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try overlay.enlarged.writePNG(to: file)
            list.add(found, of: input.path, file: file.relativePath)
            try sheets.add([
                ContactSheet.Entry(image: view, captions: [input.url.lastPathComponent]),
                ContactSheet.Entry(image: overlay, captions: captions(found)),
            ])
        }
        let written = try sheets.finish()
        if json {
            try console.print(json: list)
        } else if !list.images.isEmpty {
            let sheets = written.joined(separator: ", ")
            console.print("\(list.table)\n\nwritten to \(folder.relativePath); all images: \(sheets)")
        }
        if !succeeded { throw CommandFailure() }
    }

    /// The class with its probability, and what it falls to where the most important patch is hidden.
    private func captions(_ found: Explanation) -> [String] {
        let first = "\(found.className) \((found.probability * 100).fixed(1)) %"
        guard method == .occlusion else { return [first] }
        return [first, "falls to \(((found.probability - found.maximum) * 100).fixed(1)) %"]
    }

    /// The index of a class that is given by its name, or by its index where no class has that name.
    /// - Throws: ``CommandFailure`` with similar names.
    static func classIndex(of text: String, among names: [String]) throws(CommandFailure) -> Int {
        if let index = names.firstIndex(of: text) { return index }
        let alike = names.indices.filter { names[$0].lowercased() == text.lowercased() }
        if alike.count == 1 { return alike[0] }
        if let index = Int(text) {
            if names.indices.contains(index) || names.isEmpty && index >= 0 { return index }
            throw CommandFailure(message: "--class: there is no class \(text); indices go from 0 to \(names.count - 1)")
        }
        let parts = names.filter { $0.lowercased().contains(text.lowercased()) }
        let similar = [NearestName.find(text, among: names)].compactMap { $0 } + parts
        var shown: [String] = []
        for name in (similar.isEmpty ? names : similar) where !shown.contains(name) && shown.count < 12 {
            shown.append(name)
        }
        let list = shown.map { "'\($0)'" }.joined(separator: ", ")
        let rest = similar.isEmpty && names.count > shown.count ? " and \(names.count - shown.count) others" : ""
        throw CommandFailure(
            message: "--class: there is no class '\(text)'; " + (similar.isEmpty ? "there are " : "similar ones: ")
                + list + rest)
    }

    private static func failure(_ error: OptionError, of run: RunDirectory) -> CommandFailure {
        let place = run.url.relativePath
        return switch error.option {
        case "task": CommandFailure(message: "\(place): its task \(error.message)")
        case "method": CommandFailure(message: "\(place): --method \(error.message)")
        default: CommandFailure(message: "--\(error.option) \(error.message)")
        }
    }
}

/// The explanations of images, without their maps.
private struct ExplanationList: Encodable {
    struct Image: Encodable {
        let image: String
        let file: String
        let method: String
        let index: Int
        let `class`: String
        let score: Float
        let probability: Float
        /// The pixel that speaks most for the class; nil where none does.
        let row: Int?
        let column: Int?
        /// The largest value: for occlusion, the fall of the probability.
        let maximum: Float
    }

    let method: String
    private(set) var images: [Image] = []

    mutating func add(_ found: Explanation, of image: String, file: String) {
        let peak = found.peak
        images.append(
            Image(
                image: image, file: file, method: method, index: found.classIndex, class: found.className,
                score: found.score, probability: found.probability, row: peak?.row, column: peak?.column,
                maximum: found.maximum))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(images)
    }

    /// A row for each image.
    var table: String {
        var table = TextTable(columns: ["image", "class", "%", "logit", "strongest at row, column"], leftAligned: 2)
        for image in images {
            let place = image.row.flatMap { row in image.column.map { "\(row), \($0)" } } ?? "nothing speaks for it"
            table.add([
                image.image, image.class, (image.probability * 100).fixed(2), Double(image.score).significant(4), place,
            ])
        }
        return table.description
    }
}

extension Image {
    /// A small image with each pixel as a square, so that it can be looked at.
    var enlarged: Image {
        let factor = 224 / max(min(height, width), 1)
        guard factor > 1 else { return self }
        return resized(to: Size(height: height * factor, width: width * factor), interpolation: .nearest)
    }
}
