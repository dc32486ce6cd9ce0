/// A span of time as people read it.
enum TimeText {
    /// `0:07`, `12:40` or `1:02:03`.
    static func clock(seconds: Double) -> String {
        let total = Int(max(seconds, 0).rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }
}
