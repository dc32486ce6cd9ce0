@_spi(Internal) import NNDatasets
import Foundation
import NNInference
import NNLayers
import NNTraining

/// Segments every frame of a video.
struct VideoPrediction {
    let predictor: Predictor
    /// The opacity of the colors over the frames, from 0 to 1.
    let opacity: Float

    init(_ predictor: Predictor, opacity: Float) {
        self.predictor = predictor
        self.opacity = opacity
    }

    /// Writes the video with the colors of the classes over it.
    ///
    /// Of a video that is damaged or cut short, the readable frames are written.
    /// - Returns: A line about the result.
    /// - Throws: ``CommandFailure`` if no frame can be read, if the video cannot be written, and after Ctrl-C; no video
    ///   is written then.
    func run(_ input: ImageFiles.Input, to output: URL, _ console: Console) throws -> String {
        guard [1, 3].contains(predictor.reader.channels) else {
            throw CommandFailure(
                message:
                    "\(input.path): the network takes images of \(predictor.reader.channels) channels, and a video "
                    + "has three; predict image files")
        }
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
                    throw CommandFailure(
                        message: "interrupted; no video was written", exitCode: InterruptWatch.exitCode)
                }
                let overlay = try predictor.segment(
                    predictor.reader.adapted(frame), name: "\(input.path), frame \(count)"
                )
                .overlay(on: frame, opacity: opacity)
                let target = try writer ?? FrameWriter(output, size: frame.size, frameRate: reader.frameRate)
                writer = target
                // A frame of another size is resized to that of the video.
                try target.write(overlay.resized(to: target.size))
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
            throw CommandFailure(message: "\(input.path): no frame can be read: \(complaint ?? "it contains no video")")
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

    /// The next frame; nil at the end and where the stream is broken, with the problem.
    private func next(_ reader: FrameReader, _ problem: inout String?) throws -> Image? {
        do {
            return try reader.next()
        } catch let failure as CommandFailure {
            problem = failure.message
            return nil
        }
    }
}
