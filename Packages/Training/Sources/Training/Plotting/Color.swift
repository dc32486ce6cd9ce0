/// A colour of the screen: red, green and blue.
public struct Color: Hashable, Sendable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8

    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A colour as style sheets write it: `0x0072B2`.
    public init(_ code: UInt32) {
        self.init(
            red: UInt8(truncatingIfNeeded: code >> 16), green: UInt8(truncatingIfNeeded: code >> 8),
            blue: UInt8(truncatingIfNeeded: code))
    }

    /// Colours that stay apart for the colour-blind (Okabe and Ito 2008), darkest first.
    public static let palette: [Color] = [
        Color(0x0072B2), Color(0xD55E00), Color(0x009E73), Color(0xCC79A7), Color(0xE69F00), Color(0x56B4E9),
        Color(0x000000),
    ]

    static let white = Color(0xFFFFFF)
    /// Titles.
    static let ink = Color(0x222222)
    /// Labels and ticks.
    static let softInk = Color(0x555555)
    static let frame = Color(0x999999)
    static let grid = Color(0xE3E3E3)
    static let fineGrid = Color(0xF2F2F2)
}
