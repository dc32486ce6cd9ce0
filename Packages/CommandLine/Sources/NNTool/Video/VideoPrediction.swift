@_spi(Internal) import NNDatasets
import Foundation
import NNLayers
import NNTraining

/// Predicts every frame of a video, and writes a video that shows it.
struct VideoPrediction {
    /// How images are read for the network.
    let reader: ImageReader

    /// A frame of the video.
    struct Frame {
        /// The pixels, RGB.
        let image: Image
        /// The image as the network takes it.
        let input: Image
        /// The position, from 0.
        let index: Int
        /// The time since the begin of the video in seconds.
        let time: Double
        /// The frames that were predicted in a second so far; nil for the first one.
        let framesPerSecond: Double?
        /// The name in errors.
        let name: String
    }

    /// Writes the video with what is drawn on each frame.
    ///
    /// Of a video that is damaged or cut short, the readable frames are written.
    /// - Parameter draw: Predicts a frame, and returns it with what is to be seen, in three channels.
    /// - Returns: A line about the result.
    /// - Throws: ``CommandFailure`` if no frame can be read, if the video cannot be written, and after Ctrl-C; no video
    ///   is written then.
    func run(
        _ input: ImageFiles.Input, to output: URL, _ console: Console, _ draw: (Frame) throws -> Image
    ) throws -> String {
        guard [1, 3].contains(reader.channels) else {
            throw CommandFailure(
                message: "\(input.path): the network takes images of \(reader.channels) channels, and a video has "
                    + "three; predict image files")
        }
        let frames = try FrameReader(input.path)
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
            while let image = try next(frames, &problem) {
                if interruption.isRequested {
                    throw CommandFailure(
                        message: "interrupted; no video was written", exitCode: InterruptWatch.exitCode)
                }
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let drawn = try draw(
                    Frame(
                        image: image, input: reader.adapted(image), index: count,
                        time: Double(count) / frames.framesPerSecond,
                        framesPerSecond: count > 0 ? Double(count) / seconds : nil,
                        name: "\(input.path), frame \(count)"))
                let target = try writer ?? FrameWriter(output, size: drawn.size, frameRate: frames.frameRate)
                writer = target
                // A frame of another size is resized to that of the video.
                try target.write(drawn.resized(to: target.size))
                count += 1
                let rate = Double(count) / ((ContinuousClock.now - start) / .seconds(1))
                let part = frames.frameCount.map { Double(count) / Double(max($0, 1)) } ?? 0
                console.show(
                    ProgressLine(
                        title: "video", fraction: part, figures: ["\(count) frames", "\(rate.fixed(1)) frames/s"]))
            }
        } catch {
            writer?.cancel()
            frames.close()
            throw error
        }
        let closing = frames.close()
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
