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
