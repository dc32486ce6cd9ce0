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
