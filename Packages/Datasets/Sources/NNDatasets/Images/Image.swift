import NNCore

/// An image in memory: `[H, W, C]`, one byte a channel, rows from the top.
///
/// Three channels are red, green and blue; a fourth is opacity. One channel is grey or, in a mask, the class index of
/// each pixel.
public struct Image: Hashable, Sendable {
    /// Height and width in pixels.
    public let size: Size
    /// The number of channels, each a byte: 1, 3 or 4.
    public let channels: Int
    /// The bytes, `[H, W, C]`.
    public private(set) var pixels: [UInt8]

    /// The limit of pixels in a file: 23,000 by 23,000, for aerial and microscope images, 1.6 GB of RGB. A forged header
    /// of a few bytes can claim any size; memory that decoding does not reach is not taken from the system.
    public static let maximumPixelCount = 1 << 29

    /// - Parameter pixels: The bytes, `[H, W, C]`; traps where their number is another.
    public init(size: Size, channels: Int, pixels: [UInt8]) {
        require(
            [1, 3, 4].contains(channels) && size.height > 0 && size.width > 0
                && pixels.count == size.area * channels,
            "Image: \(pixels.count) bytes for \(size) pixels of \(channels) channels")
        self.size = size
        self.channels = channels
        self.pixels = pixels
    }

    /// An image of one value.
    public init(size: Size, channels: Int = 3, filledWith value: UInt8 = 0) {
        self.init(size: size, channels: channels, pixels: [UInt8](repeating: value, count: size.area * channels))
    }

    /// An image whose bytes are all written by `fill`.
    init(
        size: Size, channels: Int, fill: (UnsafeMutableBufferPointer<UInt8>) throws -> Void
    ) rethrows {
        let count = size.area * channels
        let pixels = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            try fill(buffer)
            initializedCount = count
        }
        self.init(size: size, channels: channels, pixels: pixels)
    }

    /// The number of rows.
    public var height: Int { size.height }
    /// The number of columns.
    public var width: Int { size.width }

    /// A byte; traps out of range.
    public subscript(row: Int, column: Int, channel: Int = 0) -> UInt8 {
        get { pixels[index(row, column, channel)] }
        set { pixels[index(row, column, channel)] = newValue }
    }

    private func index(_ row: Int, _ column: Int, _ channel: Int) -> Int {
        require(
            0..<height ~= row && 0..<width ~= column && 0..<channels ~= channel,
            "Image: no byte (\(row), \(column), \(channel)) in \(size) pixels of \(channels) channels")
        return (row * width + column) * channels + channel
    }

    /// Calls a closure with the bytes, `[H, W, C]`, for writing.
    public mutating func withUnsafeMutablePixels<Result>(
        _ body: (UnsafeMutableBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result {
        try pixels.withUnsafeMutableBufferPointer { try body($0) }
    }
}

/// An image that cannot be read, written or used.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the file, or the name of a generated sample.
    public let file: String
    /// What is wrong.
    public let reason: String
    /// How to fix it.
    public let remedy: String

    /// An error that reads `file: reason. remedy.`
    public init(file: String, reason: String, remedy: String) {
        self.file = file
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "\(file): \(reason). \(remedy)." }
}
