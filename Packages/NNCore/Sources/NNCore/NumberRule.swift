/// What a number must be to have a meaning as a setting: one rule for configurations, which throw, for shape
/// rules, and for initializers, which trap.
public enum NumberRule: Sendable, Hashable {
    /// Neither NaN nor infinite.
    case finite
    /// Above 0 and finite, in float32 too, where calculations take it: 1e-50 is 0 there.
    case positive
    /// 0 or more and finite.
    case notNegative
    /// From 0 to 1.
    case fraction
    /// From 0 to below 1.
    case fractionBelowOne
    /// Between 0 and 1, and neither of them.
    case properFraction
    /// A count of one or more that fits an int32.
    case count
    /// A number of channels, pixels or layers: from 1 to 65,536, beyond which no network has use for it.
    case size

    /// What is wrong with a number, to stand after its name: `must be positive, not -1`; nil where nothing is.
    public func problem(with value: some BinaryFloatingPoint) -> String? {
        let (number, narrow) = (Double(value), Float(value))
        let holds =
            switch self {
            case .finite: narrow.isFinite
            case .positive: narrow > 0 && narrow.isFinite
            case .notNegative: number >= 0 && narrow.isFinite
            case .fraction: number >= 0 && number <= 1
            case .fractionBelowOne: number >= 0 && number < 1
            case .properFraction: number > 0 && number < 1
            case .count: number >= 1 && number <= Double(Int32.max) && number == number.rounded()
            case .size: number >= 1 && number <= 65_536 && number == number.rounded()
            }
        if holds { return nil }
        let isRounded = number.isFinite && (!narrow.isFinite || narrow == 0 && number > 0)
        return "\(demand), not \(value)\(isRounded ? ", which is \(narrow) in float32" : "")"
    }

    /// What is wrong with a whole number, see ``problem(with:)``.
    public func problem(with value: some BinaryInteger) -> String? {
        let holds =
            switch self {
            case .finite: true
            case .positive: value > 0
            case .notNegative: value >= 0
            case .fraction: value == 0 || value == 1
            case .fractionBelowOne: value == 0
            case .properFraction: false
            case .count: value >= 1 && value <= Int32.max
            case .size: value >= 1 && value <= 65_536
            }
        if holds { return nil }
        if self == .size, value > 1 { return "must be at most 65536, not \(value)" }
        if self == .count, value > 1 { return "must be at most \(Int32.max), not \(value)" }
        return "\(demand), not \(value)"
    }

    private var demand: String {
        switch self {
        case .finite: "must be a finite number"
        case .positive: "must be positive"
        case .notNegative: "must be 0 or more"
        case .fraction: "must be between 0 and 1"
        case .fractionBelowOne: "must be 0 or more and below 1"
        case .properFraction: "must lie between 0 and 1"
        case .count: "must be 1 or more"
        case .size: "must be positive"
        }
    }
}

/// Traps where a number breaks a rule.
/// - Parameter setting: What takes it, and its name there: `BatchNorm: momentum`.
public func require(
    _ value: some BinaryFloatingPoint, _ rule: NumberRule, _ setting: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line
) {
    if let problem = rule.problem(with: value) { trap("\(setting()) \(problem)", file: file, line: line) }
}

/// Traps where a whole number breaks a rule.
public func require(
    _ value: some BinaryInteger, _ rule: NumberRule, _ setting: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line
) {
    if let problem = rule.problem(with: value) { trap("\(setting()) \(problem)", file: file, line: line) }
}
