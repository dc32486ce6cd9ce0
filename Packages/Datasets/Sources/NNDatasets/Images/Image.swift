import NNCore
@_spi(Text) import NNLayers

/// An image in memory: `[H, W, C]`, rows from the top.
///
/// Three channels are red, green and blue; a fourth is opacity, or any other band. One channel is grey or, in a mask, the
/// class index of each pixel. Values are bytes, ``pixels``; those of files of 16 bits or of floats are float32, ``floats``,
/// where 1 is what 255 is in bytes.
public struct Image: Hashable, Sendable {
    /// Height and width in pixels.
    public let size: Size
    /// The number of channels, from 1 to ``maximumChannels``.
    public let channels: Int
    private var bytes: [UInt8]
    /// The values of an image of floats, `[H, W, C]`; nil for one of bytes. 16 bits are on the scale from 0 to 1, floats
    /// of files as they are stored.
    public private(set) var floats: [Float]?

    /// The limit of pixels in a file: 23,000 by 23,000, for aerial and microscope images, 1.6 GB of RGB. A forged header
    /// of a few bytes can claim any size; memory that decoding does not reach is not taken from the system.
    public static let maximumPixelCount = 1 << 29

    /// The limit of channels, above that of hyperspectral images.
    public static let maximumChannels = 1024

    /// - Parameter pixels: The bytes, `[H, W, C]`; traps where their number is another.
    public init(size: Size, channels: Int, pixels: [UInt8]) {
        Self.checkCount(size, channels, count: pixels.count)
        self.size = size
        self.channels = channels
        bytes = pixels
    }

    /// - Parameter floats: Float32 values, `[H, W, C]`; traps where their number is another.
    public init(size: Size, channels: Int, floats: [Float]) {
        Self.checkCount(size, channels, count: floats.count)
        self.size = size
        self.channels = channels
        bytes = []
        self.floats = floats
    }

    private static func checkCount(_ size: Size, _ channels: Int, count: Int) {
        require(
            1...maximumChannels ~= channels && size.height > 0 && size.width > 0 && count == size.area * channels,
            "Image: \(count) values for \(size) pixels of \(channels) channels")
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

    /// An image whose floats are all written by `fill`.
    static func ofFloats(
        size: Size, channels: Int, _ fill: (UnsafeMutableBufferPointer<Float>) -> Void
    ) -> Image {
        let count = size.area * channels
        let floats = [Float](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            fill(buffer)
            initializedCount = count
        }
        return Image(size: size, channels: channels, floats: floats)
    }

    /// An image with the channels and the kind of values of this one, all written by `fill`, which copies them.
    func copied(
        to size: Size, _ fill: (_ result: UnsafeMutableRawBufferPointer, _ source: UnsafeRawBufferPointer) -> Void
    ) -> Image {
        guard let floats else {
            return Image(size: size, channels: channels) { result in
                bytes.withUnsafeBytes { fill(UnsafeMutableRawBufferPointer(result), $0) }
            }
        }
        return .ofFloats(size: size, channels: channels) { result in
            floats.withUnsafeBytes { fill(UnsafeMutableRawBufferPointer(result), $0) }
        }
    }

    /// The number of rows.
    public var height: Int { size.height }
    /// The number of columns.
    public var width: Int { size.width }

    /// The bytes, `[H, W, C]`; traps for an image of ``floats``.
    public var pixels: [UInt8] {
        require(floats == nil, "Image: an image of floats has no bytes")
        return bytes
    }

    /// The number of bytes that the values take in memory.
    public var byteCount: Int { size.area * pixelByteCount }

    /// The number of bytes of a pixel in memory.
    var pixelByteCount: Int { channels * (floats == nil ? 1 : MemoryLayout<Float>.size) }

    /// A byte; traps out of range.
    public subscript(row: Int, column: Int, channel: Int = 0) -> UInt8 {
        get { pixels[index(row, column, channel)] }
        set {
            require(floats == nil, "Image: an image of floats has no bytes")
            bytes[index(row, column, channel)] = newValue
        }
    }

    private func index(_ row: Int, _ column: Int, _ channel: Int) -> Int {
        require(
            0..<height ~= row && 0..<width ~= column && 0..<channels ~= channel,
            "Image: no value (\(row), \(column), \(channel)) in \(size) pixels of \(channels) channels")
        return (row * width + column) * channels + channel
    }

    /// Calls a closure with the bytes, `[H, W, C]`, for writing; traps for an image of ``floats``.
    public mutating func withUnsafeMutablePixels<Result>(
        _ body: (UnsafeMutableBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result {
        require(floats == nil, "Image: an image of floats has no bytes")
        return try bytes.withUnsafeMutableBufferPointer { try body($0) }
    }

    /// Calls a closure with the values, `[H, W, C]` bytes or float32.
    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        if let floats { return try floats.withUnsafeBytes(body) }
        return try bytes.withUnsafeBytes(body)
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

    public var description: String { "\(file): \(reason). \(remedy).".onOneLine }
}
