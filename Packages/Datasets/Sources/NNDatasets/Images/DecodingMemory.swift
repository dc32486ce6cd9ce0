import Foundation
import NNCore
import NNLayers
import Synchronization

/// The memory of an image that is decoded, where limits of the process (`ulimit -v`, `ulimit -d`) leave little. Without a
/// limit nothing is asked.
struct DecodingMemory {
    /// The pixels as the file has them, as the data set wants them, and turned or resized.
    private static let copies = 3
    /// What the network and the system may need meanwhile.
    private static let margin = 16 << 20
    /// How often, and how many seconds apart, memory is asked for: other threads give theirs back.
    private static let (attempts, pause) = (100, 0.05)
    /// Memory belongs to the process: of two threads that ask at once, the second sees what the first has taken.
    private static let gate = Mutex<Void>(())

    /// The file, for messages.
    let file: String
    /// The size of the image and the bytes that it takes; nil where its headers do not tell.
    let need: (size: Size, byteCount: Int)?

    /// The memory of the image of a file.
    /// - Parameter channels: The number of channels that the data set wants.
    init(_ bytes: [UInt8], channels: Int, _ format: any ImageFormat, file: String) {
        let isLimited = ProcessMemory.leftByLimits != nil
        self.init(isLimited ? format.facts(of: bytes) : ImageFacts(), channels: channels, file: file)
    }

    init(_ facts: ImageFacts, channels: Int, file: String) {
        self.file = file
        let width = facts.isFloat || facts.isDeep ? MemoryLayout<Float>.size : 1
        need = facts.size.map {
            ($0, $0.area * max(channels, facts.isGrey ? 1 : 3) * width * Self.copies + Self.margin)
        }
    }

    /// Decodes an image, alone and when there is memory for it.
    /// - Throws: ``ImageError`` where there is still too little after five seconds, and as `decode` does.
    func whenThereIsEnough<Result: Sendable>(
        _ decode: () throws(ImageError) -> Result
    ) throws(ImageError) -> Result {
        if need == nil { return try decode() }
        return try Self.gate.withLock { _ throws(ImageError) -> Result in
            try awaitMemory(left: { ProcessMemory.leftByLimits }) { Thread.sleep(forTimeInterval: Self.pause) }
            return try decode()
        }
    }

    /// Waits until there is memory.
    /// - Parameter left: What limits leave at a time; nil without a limit.
    func awaitMemory(left: () -> Int?, wait: () -> Void) throws(ImageError) {
        guard let (size, needed) = need, var free = left() else { return }
        for _ in 1..<Self.attempts where free < needed {
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
