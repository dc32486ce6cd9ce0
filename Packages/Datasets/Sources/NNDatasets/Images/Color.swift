/// An RGB colour.
public struct Color: Hashable, Sendable {
    /// From 0 to 255.
    public var red: UInt8
    /// From 0 to 255.
    public var green: UInt8
    /// From 0 to 255.
    public var blue: UInt8

    /// A colour of three channels from 0 to 255.
    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A colour of a hexadecimal code, such as `0x0072B2`.
    public init(_ code: UInt32) {
        self.init(
            red: UInt8(truncatingIfNeeded: code >> 16), green: UInt8(truncatingIfNeeded: code >> 8),
            blue: UInt8(truncatingIfNeeded: code))
    }

    /// The colour as in style sheets: `#0072B2`.
    public var code: String {
        func digits(_ value: UInt8) -> String { (value < 16 ? "0" : "") + String(value, radix: 16, uppercase: true) }
        return "#" + digits(red) + digits(green) + digits(blue)
    }

    /// A colour written as in style sheets, `#0072B2`; nil for any other text.
    public init?(code: some StringProtocol) {
        guard code.count == 7, code.hasPrefix("#"), let value = UInt32(code.dropFirst(), radix: 16) else { return nil }
        self.init(value)
    }

    /// Colours that the colour-blind can tell apart (Okabe and Ito 2008).
    public static let palette: [Color] = [
        Color(0x0072B2), Color(0xD55E00), Color(0x009E73), Color(0xCC79A7), Color(0xE69F00), Color(0x56B4E9),
        Color(0x000000),
    ]

    /// The grey of pixels without a class where masks are shown.
    public static let ignored = Color(0x808080)

    /// The colours of class indices in the tools of PASCAL VOC: the bits of the index are spread over the high bits of
    /// red, green and blue, so that all 256 differ. Class 0, the background, is black.
    public static func classes(_ count: Int) -> [Color] {
        (0..<count).map { index in
            /// Every third bit of the index from `first` on, in reverse order.
            func channel(_ first: Int) -> UInt8 {
                var value = 0
                for position in 0..<3 {
                    let bit = (index >> (first + 3 * position)) & 1
                    value |= bit << (7 - position)
                }
                return UInt8(value)
            }
            return Color(red: channel(0), green: channel(1), blue: channel(2))
        }
    }
}

extension Color: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let color = Color(code: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected a colour like '#0072B2'")
        }
        self = color
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(code)
    }
}
