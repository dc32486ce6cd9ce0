import Foundation
import NNDatasets
import NNInference
import NNLayers
import NNPlotting

/// Predicts classes or numbers of whole images and of the frames of videos, and writes sheets and videos that show them.
struct WholeImages<List: WholePredictionList> {
    let predictor: Predictor
    /// The folder of sheets and videos.
    let folder: URL
    /// Whether sheets of images are written.
    let writesSheets: Bool
    /// Predicts an image.
    let predict: (Image, _ name: String) throws -> List.Output
    /// Predicts the image of a file.
    let predictFile: (URL) throws -> List.Output

    /// The side that frames are enlarged to, so that text on them can be read.
    private var shortestSide: Int { 240 }

    /// What a run has predicted.
    struct Outcome {
        var list: List
        /// The paths of the sheets.
        var sheets: [String]
        var succeeded: Bool
    }

    /// Predicts all inputs.
    /// - Parameters:
    ///   - list: Takes the predictions.
    ///   - printVideo: Takes a line about each video that is written.
    /// - Throws: ``CommandFailure`` if a result would overwrite an input, and after Ctrl-C; other errors are reported.
    func run(
        _ inputs: [ImageFiles.Input], into list: List, _ console: Console, printVideo: (String) -> Void
    ) throws -> Outcome {
        var sheets = ImageSheets(folder, name: "predictions")
        let imageCount = inputs.filter { !$0.isVideo }.count
        let results =
            inputs.filter(\.isVideo).map { (url: url(ofVideo: $0), owner: $0.path) }
            + (writesSheets ? sheets.urls(forGroups: imageCount) : []).map { (url: $0, owner: "the sheet") }
        try ImageFiles.checkResults(results, over: inputs)
        var list = list
        let succeeded = try ImageFiles.forEach(inputs, title: "predict", predictor.reader, console) { input in
            if input.isVideo {
                let (found, text) = try predict(video: input, list, console)
                list.inputs.append(found)
                printVideo(text)
                return
            }
            let output = try predictFile(input.url)
            list.inputs.append(PredictedInput(path: input.path, output: list.kept(output)))
            guard writesSheets else { return }
            let image = try predictor.reader.image(contentsOf: input.url)
            try sheets.add([
                ContactSheet.Entry(
                    image: predictor.reader.view(of: image), captions: output.captions + [input.url.lastPathComponent])
            ])
        }
        return Outcome(list: list, sheets: try sheets.finish(), succeeded: succeeded)
    }

    private func url(ofVideo input: ImageFiles.Input) -> URL { folder.appending(path: "\(input.name).mp4") }

    private func predict(
        video input: ImageFiles.Input, _ list: List, _ console: Console
    ) throws -> (found: PredictedInput<List.Output>, text: String) {
        var frames: [(time: Double, output: List.Output)] = []
        var sums: [Double] = []
        var last: List.Output?
        let file = url(ofVideo: input)
        let text = try VideoPrediction(reader: predictor.reader).run(input, to: file, console) { frame in
            let output = try predict(frame.input, frame.name)
            let values = output.allValues
            if sums.isEmpty { sums = [Double](repeating: 0, count: values.count) }
            for (index, value) in values.enumerated() { sums[index] += Double(value) }
            frames.append((frame.time, list.kept(output)))
            last = output
            let rate = frame.framesPerSecond.map { "\($0.fixed(1)) frames/s" } ?? ""
            return BarPanel(bars: output.bars, title: rate).drawn(on: enlarged(frame.image))
        }
        guard let last else { throw CommandFailure(message: "\(input.path): no frame can be read") }
        let mean = last.replacingValues(by: sums.map { Float($0 / Double(frames.count)) })
        let found = PredictedInput(
            path: input.path, output: list.kept(mean),
            video: PredictedInput.Video(file: file.relativePath, frames: frames))
        return (found, text)
    }

    private func enlarged(_ image: Image) -> Image {
        let shorter = max(min(image.height, image.width), 1)
        let factor = (shortestSide + shorter - 1) / shorter
        guard factor > 1 else { return image }
        return image.resized(
            to: Size(height: image.height * factor, width: image.width * factor), interpolation: .nearest)
    }
}
