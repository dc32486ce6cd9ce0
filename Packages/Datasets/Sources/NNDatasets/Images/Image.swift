import NNCore

/// A picture in memory: one byte a channel, `[H, W, C]`, rows from the top.
///
/// Three channels are red, green and blue, four have the opacity last, and one is grey or, for a mask,
/// the class index of each pixel.
public struct Image: Hashable, Sendable {
    /// Height and width in pixels.
    public let size: Size
    /// Bytes a pixel: 1, 3 or 4.
    public let channels: Int
    /// The bytes, `[H, W, C]`.
    public private(set) var pixels: [UInt8]

    /// The most pixels that a file may have: 23,000 by 23,000, for aerial and microscope pictures, which are
    /// 1.6 GB of RGB. A forged header of a few bytes can claim any size; memory that decoding does not reach
    /// is not taken from the system.
    public static let maximumPixelCount = 1 << 29

    public init(size: Size, channels: Int, pixels: [UInt8]) {
        require(
            [1, 3, 4].contains(channels) && size.height > 0 && size.width > 0
                && pixels.count == size.area * channels,
            "Image: \(pixels.count) bytes for \(size) pixels of \(channels) channels")
        self.size = size
        self.channels = channels
        self.pixels = pixels
    }

    /// An image in which every byte is `value`.
    public init(size: Size, channels: Int = 3, filledWith value: UInt8 = 0) {
        self.init(size: size, channels: channels, pixels: [UInt8](repeating: value, count: size.area * channels))
    }

    /// An image whose bytes `fill` writes, all of them.
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

    public var height: Int { size.height }
    public var width: Int { size.width }

    /// One byte.
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

    /// Calls `body` with the bytes for writing.
    public mutating func withUnsafeMutablePixels<Result>(
        _ body: (UnsafeMutableBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result {
        try pixels.withUnsafeMutableBufferPointer { try body($0) }
    }
}

/// A picture that cannot be read, written or used.
public struct ImageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the file, or the name of a generated sample.
    public let file: String
    /// What is wrong.
    public let reason: String
    /// What can be done about it.
    public let remedy: String

    public init(file: String, reason: String, remedy: String) {
        self.file = file
        self.reason = reason
        self.remedy = remedy
    }

    public var description: String { "\(file): \(reason). \(remedy)." }
}
