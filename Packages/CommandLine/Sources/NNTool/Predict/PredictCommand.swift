import ArgumentParser
import Foundation
@_spi(Internal) import NNDatasets
import NNInference
import NNLayers
@_spi(Internal) import NNTraining

struct PredictCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "Classifies or segments images and video, and predicts numbers.",
        discussion: """
            Uses a checkpoint of a run. A classifier prints the most likely classes of each image; a multi-label \
            network the classes above their thresholds, which were chosen on the validation samples for the largest F1, \
            with JSON and CSV output of all probabilities; regression the numbers. A segmenter \
            writes files: for each image its class indices (NAME.png, with the colors as palette), its classes in \
            color (NAME-color.png), and these over the image (NAME-overlay.png), besides legend.png and areas.json; \
            for each video a video, which requires ffmpeg.
            """)

    @Argument(help: "The run folder.")
    var run: String

    @Argument(help: "Image files (PNG, JPEG, and those of plugins), folders of them, and videos.")
    var images: [String]

    @Option(help: "The checkpoint to load.")
    var checkpoint = RunDirectory.CheckpointName.best

    @Option(name: .customLong("top"), help: "The number of classes to print. (default: 5)")
    var count: Int?

    @OptionGroup var inference: InferenceArguments

    @OptionGroup var files: SegmentationFiles.Arguments

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print comma-separated values.")
    var csv = false

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--top must be 1 or more, not \(count)") }
        if json && csv { throw ValidationError("--json and --csv cannot be used together") }
    }

    func run(_ tool: Tool) throws {
        try ImageFiles.checkPaths(images)
        let run = try RunDirectory(existing: URL(fileURLWithPath: run))
        try tool.startEngine()
        let trained = try TrainedRun(run, checkpoint, config: run.config(), isForTraining: false)
        try trained.check(for: .prediction, tool.console)
        let predictor = try Predictor(trained, registry: tool.registry, options: inference.options)
        let (inputs, unread) = try ImageFiles.find(images, predictor.reader)
        tool.console.report(unread)
        try check(for: predictor.task)
        if predictor.task.isDense {
            let output = files.output.map { URL(fileURLWithPath: $0) } ?? run.file("predictions")
            try segment(inputs, predictor, to: output, tool.console)
        } else if predictor.task.labels == .classes {
            try classify(inputs, predictor, tool.console)
        } else {
            try predictValues(inputs, predictor, tool.console)
        }
    }

    /// Rejects options that would have no effect.
    private func check(for task: PredictionTask) throws(CommandFailure) {
        try inference.check(for: task)
        guard task.isDense && task.labels != .classes else { return try checkOptions(for: task) }
        throw CommandFailure(
            message: "nn predict knows no output for \(task.rawValue), which predicts numbers for each pixel")
    }

    private func checkOptions(for task: PredictionTask) throws(CommandFailure) {
        if files.areGiven, !task.isDense {
            throw CommandFailure(
                message: "--output, --pictures and --opacity are for segmentation; \(task.rawValue) writes no files")
        }
        guard count != nil, task.isDense || task.labels != .classes else { return }
        let others =
            task.isDense ? "a segmenter predicts one class for each pixel" : "\(task.rawValue) predicts all outputs"
        throw CommandFailure(message: "--top is for classification; \(others)")
    }

    /// Rejects videos where whole images are predicted.
    private func checkImages(_ inputs: [ImageFiles.Input]) throws(CommandFailure) {
        guard let video = inputs.first(where: \.isVideo) else { return }
        throw CommandFailure(
            message: "\(video.path): videos are for segmentation; extract frames as images to classify them")
    }

    private func predictValues(_ inputs: [ImageFiles.Input], _ predictor: Predictor, _ console: Console) throws {
        try checkImages(inputs)
        var list = ValueList(task: predictor.task, data: predictor.data)
        let succeeded = try forEach(inputs, predictor.reader, console) { input in
            list.add(try predictor.values(contentsOf: input.url), of: input.path)
        }
        try write(list, csv: list.csv, text: list.images.isEmpty ? nil : list.text, console)
        if !succeeded { throw CommandFailure() }
    }

    private func classify(_ inputs: [ImageFiles.Input], _ predictor: Predictor, _ console: Console) throws {
        try checkImages(inputs)
        var list = PredictionList()
        let succeeded = try forEach(inputs, predictor.reader, console) { input in
            list.add(try predictor.predict(contentsOf: input.url, count: count ?? 5), of: input.path)
        }
        try write(list, csv: list.csv, text: list.images.isEmpty ? nil : "\(list.table)", console)
        if !succeeded { throw CommandFailure() }
    }

    private func segment(
        _ inputs: [ImageFiles.Input], _ predictor: Predictor, to output: URL, _ console: Console
    ) throws {
        let writer = try SegmentationFiles(output, arguments: files, predictor: predictor, inputs: inputs)
        var list = AreaList()
        var dividedCount = 0
        let succeeded = try forEach(inputs, predictor.reader, console) { input in
            if input.isVideo {
                let video = VideoPrediction(predictor, opacity: files.overlayOpacity)
                let text = try video.run(input, to: writer.url(ofVideo: input), console)
                if json || csv { console.report(text) } else { console.print(text) }
            } else {
                let image = try predictor.reader.image(contentsOf: input.url)
                let segmentation = try predictor.segment(image, name: input.path)
                if segmentation.window != nil { dividedCount += 1 }
                list.add(
                    segmentation.areas, of: input.path,
                    files: try writer.write(segmentation, of: predictor.reader.view(of: image), input))
            }
        }
        try writer.finish(list)
        if dividedCount > 0, inference.window == nil {
            console.report(LargeImages.divided(dividedCount, asBy: "nn eval"))
        }
        try write(
            list, csv: list.csv,
            text: list.images.isEmpty ? nil : "\(list.table)\n\nwritten to \(output.relativePath)", console)
        if !succeeded { throw CommandFailure() }
    }

    /// Prints predictions in the form that the command line asks for.
    /// - Parameter text: The form for people; nil for nothing.
    private func write(
        _ list: some Encodable, csv rows: @autoclosure () -> String, text: @autoclosure () -> String?,
        _ console: Console
    ) throws {
        if json {
            try console.print(json: list)
        } else if csv {
            console.print(rows())
        } else if let text = text() {
            console.print(text)
        }
    }

    /// Calls `body` for each input, and reports errors, so that one broken file does not stop the others.
    /// - Returns: Whether all inputs succeeded.
    /// - Throws: ``CommandFailure`` after Ctrl-C only.
    private func forEach(
        _ inputs: [ImageFiles.Input], _ reader: ImageReader, _ console: Console,
        _ body: (ImageFiles.Input) throws -> Void
    ) throws -> Bool {
        var failures = 0
        for (index, input) in inputs.enumerated() {
            console.show(
                ProgressLine(
                    title: "predict", fraction: Double(index) / Double(inputs.count), figures: [input.path]))
            do {
                try body(input)
            } catch let failure as CommandFailure where failure.exitCode == InterruptWatch.exitCode {
                throw failure
            } catch {
                failures += 1
                console.report(ErrorReport(error).message)
            }
        }
        console.clearStatus()
        console.report(orientationsIgnoredIn: inputs.lazy.filter { !$0.isVideo }.map(\.path), by: reader)
        return failures == 0
    }
}
