/// Durations as text.
@_spi(Text) public enum TimeText {
    /// A duration such as `0:07`, `12:40` or `1:02:03`.
    public static func clock(seconds: Double) -> String {
        let total = Int(min(max(seconds, 0), 1e12).rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }
}
