import Foundation

extension BinaryInteger {
    /// The number of bytes with a unit, such as `1.5 GiB`.
    var byteText: String {
        var value = Double(self)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if value < 1024 { return unit == "B" ? "\(self) B" : "\(value.fixed(1)) \(unit)" }
            value /= 1024
        }
        return "\(value.fixed(1)) TiB"
    }
}

extension BinaryFloatingPoint {
    /// The number with a fixed number of decimals.
    func fixed(_ decimals: Int) -> String { String(format: "%.\(decimals)f", Double(self)) }

    /// The number with a limited number of significant digits, such as `0.001` or `1e-05`.
    func significant(_ digits: Int) -> String { String(format: "%.\(digits)g", Double(self)) }
}

/// Durations as text.
enum TimeText {
    /// A duration such as `0:07`, `12:40` or `1:02:03`.
    static func clock(seconds: Double) -> String {
        let total = Int(max(seconds, 0).rounded())
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }
}
