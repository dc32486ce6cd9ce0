import NNDatasets
import Foundation
import NNLayers

/// Writes frames of one size as a video, encoded by an ffmpeg process.
///
/// The video appears under its name when it is complete; until then it is a hidden file beside it.
final class FrameWriter {
    let size: Size
    private let url: URL
    private let partial: URL
    private let process: FFmpeg

    /// - Parameter frameRate: Frames a second, a whole number or a fraction.
    /// - Throws: ``CommandFailure`` where ffmpeg is not installed.
    init(_ url: URL, size: Size, frameRate: String) throws {
        self.url = url
        self.size = size
        partial = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent)")
        // Most players want sides that are even and 4:2:0 colours. Which matrix these were made by must be said:
        // without that, players take another one for large pictures than ffmpeg does.
        process = try FFmpeg(
            "ffmpeg",
            [
                "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "\(size.width)x\(size.height)",
                "-r", frameRate, "-i", "-", "-vf",
                "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709", "-pix_fmt", "yuv420p", "-colorspace",
                "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-f", "mp4", FFmpeg.argument(partial.path),
            ], reads: false)
    }

    /// - Throws: ``CommandFailure`` with ffmpeg's own words where it does not go on.
    func write(_ image: Image) throws {
        require(image.size == size && image.channels == 3, "FrameWriter: a frame of \(image.size)")
        if !process.write(image.pixels) { throw failure(process.finish().complaint) }
    }

    /// Completes the video.
    func finish() throws {
        let ending = process.finish()
        if ending.hasFailed { throw failure(ending.complaint) }
        guard rename(partial.path, url.path) == 0 else { throw failure(String(cString: strerror(errno))) }
    }

    /// Ends ffmpeg, and removes what there is of the video.
    func cancel() {
        process.finish()
        unlink(partial.path)
    }

    private func failure(_ complaint: String?) -> CommandFailure {
        unlink(partial.path)
        return CommandFailure(message: "\(url.path): the video cannot be written: \(complaint ?? "ffmpeg ended")")
    }
}
