import Foundation
@_spi(Internal) import NNCore
import NNDatasets
import NNLayers

/// The frames of a video, decoded by an ffmpeg process.
///
/// ffmpeg passes them as PPM images, which state their size: a video may be rotated or change its size.
final class FrameReader {
    /// The frames per second, an integer or a fraction; 25 if the video does not state it.
    let frameRate: String
    /// The same as a number.
    var framesPerSecond: Double {
        let parts = frameRate.split(separator: "/").compactMap { Double($0) }
        return parts.count == 2 ? parts[0] / parts[1] : parts.first ?? 25
    }
    /// The number of frames; nil if the video does not state it.
    let frameCount: Int?
    private let path: String
    private let process: FFmpeg
    private var buffer: [UInt8] = []
    private var start = 0

    /// - Throws: ``CommandFailure`` if ffmpeg is not installed, or there is no regular file.
    init(_ path: String) throws {
        self.path = path
        // Both programs would wait for a writer of a named pipe.
        guard URL(fileURLWithPath: path).fileStatus?.isRegularFile == true else {
            throw CommandFailure(message: "\(path): it is not a regular file")
        }
        let properties = try FFmpeg.properties(of: path)
        frameRate = properties.frameRate ?? "25"
        frameCount = properties.frameCount
        // Images carry no timestamps: where the frame rate varies, ffmpeg repeats or drops frames. Eight bits per
        // channel must be requested, or ten-bit videos give 16-bit images. Pixels are made square: networks have seen
        // no others, and images do not state their aspect ratio.
        process = try FFmpeg(
            "ffmpeg",
            [
                "-v", "error", "-nostdin", "-i", FFmpeg.argument(path), "-r", frameRate, "-vf",
                "scale=iw*sar:ih,setsar=1", "-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "-",
            ], reads: true)
    }

    /// The next frame; nil after the last.
    /// - Throws: ``CommandFailure`` if the stream is not a video or ends in the middle of a frame.
    func next() throws -> Image? {
        guard let size = try header() else { return nil }
        let count = size.area * 3
        guard fill(count) else {
            throw CommandFailure(message: "\(path): the video ends in the middle of a frame")
        }
        defer { start += count }
        return Image(size: size, channels: 3, pixels: Array(buffer[start..<start + count]))
    }

    /// Ends ffmpeg.
    /// - Returns: Its last error message; nil if there is none.
    @discardableResult
    func close() -> String? { process.finish().complaint }

    /// Reads `P6 WIDTH HEIGHT 255` and the whitespace after it; nil at the end of the stream.
    private func header() throws -> Size? {
        var fields: [String] = []
        while fields.count < 4 {
            var field: [UInt8] = []
            while true {
                guard fill(1) else {
                    if fields.isEmpty && field.isEmpty { return nil }
                    throw CommandFailure(message: "\(path): the video ends in the middle of a frame")
                }
                let byte = buffer[start]
                start += 1
                if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") { break }
                field.append(byte)
            }
            fields.append(String(decoding: field, as: UTF8.self))
        }
        guard fields[0] == "P6", fields[3] == "255", let width = Int(fields[1]), let height = Int(fields[2]),
            width > 0, height > 0, width * height <= Image.maximumPixelCount
        else {
            throw CommandFailure(
                message: "\(path): ffmpeg returned no image, but '\(fields.joined(separator: " "))'")
        }
        return Size(height: height, width: width)
    }

    /// Reads until at least `count` bytes are buffered.
    /// - Returns: False if the stream ends before that.
    private func fill(_ count: Int) -> Bool {
        if buffer.count - start >= count { return true }
        buffer.removeFirst(start)
        start = 0
        while buffer.count < count {
            guard let more = process.read(atMost: Swift.max(count - buffer.count, 1 << 16)) else { return false }
            buffer += more
        }
        return true
    }
}

/// Writes frames of one size as a video, encoded by an ffmpeg process.
///
/// The video appears under its name when it is complete; until then it is a hidden file beside it.
final class FrameWriter {
    let size: Size
    private let url: URL
    private let partial: URL
    private let process: FFmpeg

    /// - Parameter frameRate: The frames per second, an integer or a fraction.
    /// - Throws: ``CommandFailure`` if ffmpeg is not installed.
    init(_ url: URL, size: Size, frameRate: String) throws {
        self.url = url
        self.size = size
        partial = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent)")
        // Most players need even sides and 4:2:0 chroma subsampling. The color matrix must be stated: without it,
        // players assume another one for large images than ffmpeg uses.
        process = try FFmpeg(
            "ffmpeg",
            [
                "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "\(size.width)x\(size.height)",
                "-r", frameRate, "-i", "-", "-vf",
                "pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709", "-pix_fmt", "yuv420p", "-colorspace",
                "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-f", "mp4", FFmpeg.argument(partial.path),
            ], reads: false)
    }

    /// Adds a frame.
    /// - Throws: ``CommandFailure`` with ffmpeg's error message if it has stopped.
    func write(_ image: Image) throws {
        require(image.size == size && image.channels == 3, "FrameWriter: a frame of \(image.size)")
        if !process.write(image.pixels) { throw failure(process.finish().complaint) }
    }

    /// Completes the video.
    func finish() throws {
        let ending = process.finish()
        if ending.hasFailed { throw failure(ending.complaint) }
        guard rename(partial.path, url.path) == 0 else { throw failure(SystemError().description) }
    }

    /// Ends ffmpeg, and removes the incomplete video.
    func cancel() {
        process.finish()
        unlink(partial.path)
    }

    private func failure(_ complaint: String?) -> CommandFailure {
        unlink(partial.path)
        return CommandFailure(message: "\(url.path): the video cannot be written: \(complaint ?? "ffmpeg ended")")
    }
}
