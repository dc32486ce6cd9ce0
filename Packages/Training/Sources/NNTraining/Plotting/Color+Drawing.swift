import NNDatasets

extension Color {
    static let white = Color(0xFFFFFF)
    /// Titles.
    static let ink = Color(0x222222)
    /// Labels and ticks.
    static let softInk = Color(0x555555)
    static let frame = Color(0x999999)
    static let grid = Color(0xE3E3E3)
    static let fineGrid = Color(0xF2F2F2)
}
