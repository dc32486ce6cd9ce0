import NNDatasets
import Foundation
import NNLayers
import NNTraining

/// Colours the classes in every frame of a video.
struct VideoPrediction {
    let predictor: Predictor
    /// Of the colours over the frames.
    let opacity: Float

    init(_ predictor: Predictor, opacity: Float) {
        self.predictor = predictor
        self.opacity = opacity
    }

    /// Writes the video with the colours over it.
    ///
    /// Of a video that is damaged, or ends in the middle of a frame, there are the frames that can be read.
    /// - Returns: What was done, for people.
    /// - Throws: ``CommandFailure`` where no frame can be read, the video cannot be written, or after Ctrl-C; there
    ///   is no video then.
    func run(_ input: ImageFiles.Input, to output: URL, _ console: Console) throws -> String {
        let reader = try FrameReader(input.path)
        try FileManager.default.createDirectory(
            at: output.deletingLastPathComponent(), withIntermediateDirectories: true)
        var writer: FrameWriter?
        var problem: String?
        var count = 0
        let interruption = Interruption()
        let watch = InterruptWatch { interruption.request() }
        defer { watch.cancel() }
        let start = ContinuousClock.now
        do {
            while let frame = try next(reader, &problem) {
                if interruption.isRequested {
                    throw CommandFailure(message: "interrupted; no video is written", exitCode: InterruptWatch.exitCode)
                }
                let picture = try predictor.segment(frame, name: "\(input.path), frame \(count)")
                    .overlay(on: frame, opacity: opacity)
                let target = try writer ?? FrameWriter(output, size: frame.size, frameRate: reader.frameRate)
                writer = target
                // A frame of another size is brought to that of the video.
                try target.write(picture.resized(to: target.size))
                count += 1
                let rate = Double(count) / ((ContinuousClock.now - start) / .seconds(1))
                let part = reader.frameCount.map { Double(count) / Double(max($0, 1)) } ?? 0
                console.show(
                    ProgressLine(
                        title: "video", fraction: part, figures: ["\(count) frames", "\(rate.fixed(1)) frames/s"]))
            }
        } catch {
            writer?.cancel()
            reader.close()
            throw error
        }
        let closing = reader.close()
        let complaint = problem ?? closing
        guard let writer else {
            throw CommandFailure(message: "\(input.path): no frame can be read: \(complaint ?? "it has no video")")
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        try writer.finish()
        if let complaint {
            console.report(
                "warning: \(input.path): it is damaged or cut short; \(count) frames could be read: \(complaint)")
        }
        return
            "\(output.relativePath): \(count) frames of \(writer.size), \((Double(count) / seconds).fixed(2)) frames/s"
    }

    /// The next frame; at a place where the stream is broken, nil, and what the problem is.
    private func next(_ reader: FrameReader, _ problem: inout String?) throws -> Image? {
        do {
            return try reader.next()
        } catch let failure as CommandFailure {
            problem = failure.message
            return nil
        }
    }
}
