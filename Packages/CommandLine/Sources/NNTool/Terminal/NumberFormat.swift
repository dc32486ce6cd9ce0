import Foundation

/// Numbers as people read them.
extension BinaryInteger {
    /// With a comma between thousands: `25,557,032`.
    var grouped: String {
        var digits = String(magnitude)
        var groups: [Substring] = []
        while digits.count > 3 {
            groups.insert(digits.suffix(3), at: 0)
            digits.removeLast(3)
        }
        return (self < 0 ? "-" : "") + ([digits[...]] + groups).joined(separator: ",")
    }

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
