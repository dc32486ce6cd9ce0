import Foundation

/// The range of an axis, with ticks at round numbers.
struct AxisScale {
    /// A labelled value on an axis.
    struct Tick: Hashable {
        var value: Double
        var label: String
    }

    /// The values at the two ends.
    let range: ClosedRange<Double>
    let isLogarithmic: Bool
    /// The labelled values.
    let ticks: [Tick]
    /// Unlabelled values between the ticks, for fine grid lines.
    let fineTicks: [Double]

    /// A linear axis that shows all the values.
    /// - Parameters:
    ///   - margin: The fraction of the range that is added at each end.
    ///   - tickCount: The approximate number of ticks.
    ///   - isWhole: Whether ticks lie on whole numbers only, as for epochs.
    init(linear values: [Double], margin: Double, tickCount: Int, isWhole: Bool = false) {
        let (low, high) = Self.limits(of: values, empty: (0, 1))
        // Powers of ten lose all digits below this.
        let isFlat = high - low <= max(1e-9 * max(abs(low), abs(high)), 1e-100)
        let flatSpread = abs(low) > 1e-90 ? abs(low) * 0.1 : 0.5
        let spread = isFlat ? flatSpread : (high - low) * margin
        range = (low - spread)...(high + spread)
        isLogarithmic = false
        let step = Self.roundStep((range.upperBound - range.lowerBound) / Double(max(tickCount, 1)), isWhole: isWhole)
        let first = Int((range.lowerBound / step).rounded(.up))
        let last = Int((range.upperBound / step).rounded(.down))
        ticks = (first...max(first, last)).map { Double($0) * step }.map { value in
            Tick(value: value, label: Self.label(value, step: step))
        }
        fineTicks = []
    }

    /// A logarithmic axis that shows all the positive values.
    init(logarithmic values: [Double], tickCount: Int) {
        let (low, high) = Self.limits(of: values.filter { $0 > 0 }, empty: (0.1, 1))
        let first = Int(log10(low).rounded(.down))
        let last = max(Int(log10(high).rounded(.up)), first + 1)
        range = pow(10, Double(first))...pow(10, Double(last))
        isLogarithmic = true
        let decades = first...last
        let every = max((last - first + tickCount - 1) / max(tickCount, 1), 1)
        ticks = decades.filter { ($0 - first) % every == 0 }.map { exponent in
            let value = pow(10, Double(exponent))
            return Tick(value: value, label: Self.label(value, step: value))
        }
        fineTicks =
            last - first > 8
            ? [] : decades.dropLast().flatMap { decade in (2...9).map { Double($0) * pow(10, Double(decade)) } }
    }

    /// Whether a value can lie on an axis without overflow in its calculations.
    static func canShow(_ value: Double, isLogarithmic: Bool = false) -> Bool {
        let limit = 1e100
        return abs(value) < limit && (!isLogarithmic || value > 1 / limit)
    }

    /// The position of a value between the ends, from 0 to 1.
    func position(of value: Double) -> Double {
        let (low, high) = (range.lowerBound, range.upperBound)
        return isLogarithmic ? log(value / low) / log(high / low) : (value - low) / (high - low)
    }

    private static func limits(of values: [Double], empty: (Double, Double)) -> (Double, Double) {
        guard let low = values.min(), let high = values.max() else { return empty }
        return (low, high)
    }

    /// Rounds a step up to 1, 2 or 5 times a power of ten, and to at least 1 for whole numbers.
    static func roundStep(_ step: Double, isWhole: Bool = false) -> Double {
        let power = pow(10, log10(step).rounded(.down))
        let steps: [Double] = [power, 2 * power, 5 * power, 10 * power]
        let round = steps.first { $0 >= step * (1 - 1e-9) } ?? step
        return isWhole ? max(round, 1) : round
    }

    /// A number with as many decimals as the step between ticks has.
    static func label(_ value: Double, step: Double) -> String {
        let decimals = max(-Int((log10(step) + 1e-9).rounded(.down)), 0)
        let isZero = abs(value) < step / 1000
        guard abs(value) >= 1e6 || decimals > 4 else { return String(format: "%.\(decimals)f", isZero ? 0 : value) }
        if isZero { return "0" }
        // As many digits as the step has, such as 1.25e-5 for steps of 5e-7.
        let digits = max(Int(log10(abs(value)).rounded(.down)) - Int((log10(step) + 1e-9).rounded(.down)), 0)
        let parts = String(format: "%.\(digits)e", value).split(separator: "e")
        return "\(parts[0])e\(Int(parts[1]) ?? 0)"
    }
}
