/// How often training does something: each so many steps or epochs, or after so much time.
///
/// A configuration has a number of steps, or a number with its unit: `500`, `2 epochs`, `30 minutes`.
public enum TrainingInterval: Hashable, Sendable {
    /// After each so many steps.
    case steps(Int)
    /// After each so many epochs.
    case epochs(Int)
    /// When so much time has passed since the last time.
    case time(TrainingTime)
}

extension TrainingInterval: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try (try? container.decode(Int.self)).map { "\($0) steps" } ?? container.decode(String.self)
        func failure(_ reason: String) -> DecodingError {
            .dataCorruptedError(in: container, debugDescription: reason)
        }
        guard let quantity = Quantity(text) else {
            throw failure(
                "expected a number of steps, or of epochs, minutes or hours, as in 500, 2 epochs or 30 minutes, "
                    + "not '\(text)'")
        }
        func count() throws -> Int {
            guard let count = Int(exactly: quantity.value), 1...1_000_000_000 ~= count else {
                throw failure("a number of \(quantity.unit)s must be a whole one, from 1 to 1000000000, not '\(text)'")
            }
            return count
        }
        switch quantity.unit {
        case "step": self = .steps(try count())
        case "epoch": self = .epochs(try count())
        default:
            guard let time = TrainingTime(quantity) else { throw failure(TrainingTime.expectation(text)) }
            self = .time(time)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .steps(let count): try container.encode(count)
        case .epochs(let count): try container.encode("\(count) \(count == 1 ? "epoch" : "epochs")")
        case .time(let time): try container.encode(time)
        }
    }
}

/// A span of time in a configuration: `90 seconds`, `30 minutes`, `1.5 hours`, `2 days`.
public struct TrainingTime: Hashable, Sendable {
    /// Its length in seconds, more than 0.
    public let seconds: Double
    private let text: String

    private static let units: [String: Double] = ["second": 1, "minute": 60, "hour": 3600, "day": 86_400]

    /// So many minutes.
    public static func minutes(_ count: Int) -> Self { Self(Quantity("\(count) minutes")!)! }

    /// Nil for another unit, and where it is no time at all or more than a century.
    fileprivate init?(_ quantity: Quantity) {
        guard let unit = Self.units[quantity.unit] else { return nil }
        seconds = quantity.value * unit
        text = quantity.text
        guard seconds > 0, seconds < 100 * 366 * 86_400 else { return nil }
    }

    fileprivate static func expectation(_ text: String) -> String {
        "expected a time, as in 90 seconds, 30 minutes, 1.5 hours or 2 days, not '\(text)'"
    }
}

extension TrainingTime: Codable, CustomStringConvertible {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = (try? container.decode(String.self)) ?? (try? container.decode(Double.self)).map { "\($0)" } ?? ""
        guard let time = Quantity(text).flatMap(Self.init) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: Self.expectation(text))
        }
        self = time
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// As it was written.
    public var description: String { text }
}

/// A number and its unit, which may be in the plural.
private struct Quantity {
    let value: Double
    let unit: String
    let text: String

    init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let value = Double(parts[0]), value.isFinite else { return nil }
        self.value = value
        self.text = text
        unit = parts[1].hasSuffix("s") ? String(parts[1].dropLast()) : String(parts[1])
        guard ["step", "epoch", "second", "minute", "hour", "day"].contains(unit) else { return nil }
    }
}
