import Foundation
import NNCore
import NNLayers

/// The memory of images that are decoded, where limits of the process (`ulimit -v`, `ulimit -d`) leave little. Without a
/// limit nothing is asked.
enum DecodingMemory {
    /// The pixels as the file has them, as the data set wants them, and turned or resized.
    private static let copies = 3
    /// What the network and the system may need meanwhile.
    private static let margin = 16 << 20
    /// How often, and how many seconds apart, memory is asked for: other threads give theirs back.
    private static let (attempts, pause) = (100, 0.05)

    /// Waits until there is memory for the image of a file.
    /// - Parameters:
    ///   - channels: The number of channels that the data set wants.
    ///   - left: What limits leave at a time; nil without a limit.
    /// - Throws: ``ImageError`` where it is still too little after five seconds.
    static func awaitMemory(
        for bytes: [UInt8], channels: Int, _ format: any ImageFormat, file: String,
        left: () -> Int? = { ProcessMemory.leftByLimits }, wait: () -> Void = { Thread.sleep(forTimeInterval: Self.pause) }
    ) throws(ImageError) {
        guard var free = left() else { return }
        let facts = format.facts(of: bytes)
        guard let size = facts.size else { return }
        let width = facts.isFloat || facts.isDeep ? MemoryLayout<Float>.size : 1
        let needed = size.area * max(channels, facts.isGrey ? 1 : 3) * width * copies + margin
        for _ in 1..<attempts where free < needed {
            wait()
            free = left() ?? .max
        }
        guard free < needed else { return }
        throw ImageError(
            file: file,
            reason:
                "its \(size) pixels need \(needed >> 20) MiB, and limits of the process (ulimit -v, ulimit -d) leave "
                + "\(free >> 20) MiB",
            remedy: "Raise them, make the images smaller, or set 'data.cache: false' and 'data.loader_threads: 1'")
    }
}
