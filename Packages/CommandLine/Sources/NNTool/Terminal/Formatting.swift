import Foundation

/// Numbers as people read them.
extension BinaryInteger {
    /// As bytes with a unit: `1.5 GiB`.
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
    /// With so many digits after the point.
    func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", Double(self)) }
}

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
