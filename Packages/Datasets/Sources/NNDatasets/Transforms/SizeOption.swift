import NNLayers

/// A size as a configuration writes it: one number for a square, or a list of height and width.
public struct SizeOption: Codable, Hashable, Sendable, ExpressibleByIntegerLiteral {
    public var size: Size

    public init(_ size: Size) { self.size = size }
    public init(integerLiteral value: Int) { size = Size(value) }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let length = try? container.decode(Int.self) {
            size = Size(length)
        } else if let lengths = try? container.decode([Int].self), lengths.count == 2 {
            size = Size(height: lengths[0], width: lengths[1])
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected a length in pixels, or a list of height and width")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if size.height == size.width {
            try container.encode(size.height)
        } else {
            try container.encode([size.height, size.width])
        }
    }

    /// Refuses sizes without pixels, which are also the defaults of sizes that must be given.
    func validate(_ option: String = "size") throws(OptionError) {
        if size.height < 1 || size.width < 1 {
            throw OptionError(option, "must be a length in pixels of 1 or more, or a list of height and width")
        }
        if max(size.height, size.width) > 65_536 || size.area > Image.maximumPixelCount {
            throw OptionError(option, "\(size) is more than \(Image.maximumPixelCount) pixels or 65536 a side")
        }
    }
}
