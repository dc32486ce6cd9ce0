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
            with JSON and CSV output of all probabilities; regression the numbers. With --output, the images are drawn \
            with these on sheets (predictions.png, and further ones for more than 60 images). Of a video, each frame is \
            predicted: a video with the three most likely classes on its frames is written (NAME.mp4), the mean is \
            printed, and JSON and CSV output have every frame with its time in seconds. A segmenter writes files: for each image its class indices (NAME.png, with the colors as palette), its classes in \
            color (NAME-color.png), and these over the image (NAME-overlay.png), besides legend.png and areas.json; \
            for each video a video. Videos require ffmpeg.
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
        let output = files.output.map { URL(fileURLWithPath: $0) } ?? run.file("predictions")
        if predictor.task.isDense {
            try segment(inputs, predictor, to: output, tool.console)
        } else if predictor.task.labels == .classes {
            let images = WholeImages<PredictionList>(
                predictor: predictor, folder: output, writesSheets: files.output != nil,
                predict: { try predictor.predict($0, name: $1, count: .max) },
                predictFile: { try predictor.predict(contentsOf: $0, count: .max) })
            try predict(inputs, images, PredictionList(count: count ?? 5), tool.console)
        } else {
            let images = WholeImages<ValueList>(
                predictor: predictor, folder: output, writesSheets: files.output != nil,
                predict: { try predictor.values(of: $0, name: $1) },
                predictFile: { try predictor.values(contentsOf: $0) })
            try predict(inputs, images, ValueList(task: predictor.task, data: predictor.data), tool.console)
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
        if files.areForMasks, !task.isDense {
            throw CommandFailure(
                message: "--pictures and --opacity are for segmentation; \(task.rawValue) writes no masks")
        }
        guard count != nil, task.isDense || task.labels != .classes else { return }
        let others =
            task.isDense ? "a segmenter predicts one class for each pixel" : "\(task.rawValue) predicts all outputs"
        throw CommandFailure(message: "--top is for classification; \(others)")
    }

    private func predict<List>(
        _ inputs: [ImageFiles.Input], _ images: WholeImages<List>, _ list: List, _ console: Console
    ) throws {
        let outcome = try images.run(inputs, into: list, console) { text in
            if json || csv { console.report(text) } else { console.print(text) }
        }
        let isEmpty = outcome.list.inputs.isEmpty
        let sheets = outcome.sheets.isEmpty ? "" : "\n\nwritten to \(outcome.sheets.joined(separator: ", "))"
        try write(
            outcome.list, csv: outcome.list.csv, text: isEmpty ? nil : outcome.list.text + sheets, console)
        if !outcome.succeeded { throw CommandFailure() }
    }

    private func segment(
        _ inputs: [ImageFiles.Input], _ predictor: Predictor, to output: URL, _ console: Console
    ) throws {
        let writer = try SegmentationFiles(output, arguments: files, predictor: predictor, inputs: inputs)
        var list = AreaList()
        var dividedCount = 0
        let succeeded = try ImageFiles.forEach(inputs, title: "predict", predictor.reader, console) { input in
            if input.isVideo {
                let video = VideoPrediction(reader: predictor.reader)
                let text = try video.run(input, to: writer.url(ofVideo: input), console) { frame in
                    try predictor.segment(frame.input, name: frame.name)
                        .overlay(on: frame.image, opacity: files.overlayOpacity)
                }
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
}
