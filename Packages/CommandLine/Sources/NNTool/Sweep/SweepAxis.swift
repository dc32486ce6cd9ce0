import Foundation
import NNCore
@_spi(Text) import NNLayers
@_spi(Internal) import NNTraining

/// A key of a configuration with several values, as in `optimizer.lr=0.1,0.03`, or a range to draw from, as in
/// `optimizer.lr=1e-4..1e-1`.
struct SweepAxis: Equatable {
    enum Values: Equatable {
        /// Values as `--set` takes them.
        case list([String])
        /// Numbers between two, which have equal probabilities in equal ratios or, where it is linear, in equal distances.
        case range(ClosedRange<Double>, isLinear: Bool, isWhole: Bool)
    }

    /// The key, which ends with `+` where values are appended to a list.
    let key: String
    let values: Values

    /// A change with a list or a range; nil for an ordinary one, with a single value.
    /// - Throws: ``CommandFailure`` for a list with an empty or a repeated value, and a range without numbers in it.
    init?(_ change: String) throws(CommandFailure) {
        let parts = change.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return nil }
        key = parts[0]
        if let range = try Self.range(parts[1], of: change) {
            values = range
            return
        }
        let list = Self.elements(of: parts[1])
        guard list.count > 1 else { return nil }
        if list.contains("") {
            throw CommandFailure(
                message:
                    "--set \(change): a value is missing beside a comma; write as in optimizer.lr=0.1,0.03, and a text "
                    + "with commas in quotes of YAML")
        }
        for (index, value) in list.enumerated() where list[..<index].contains(value) {
            throw CommandFailure(message: "--set \(change): the value \(value) stands twice; name it once")
        }
        values = .list(list)
    }

    /// A change of a key, as `--set` takes it.
    static func assignment(_ key: String, _ value: String) -> String { "\(key)=\(value)" }

    /// The number of different values; nil for those of a range.
    var count: Int? {
        if case .list(let values) = values { values.count } else { nil }
    }

    /// A value at random.
    func draw(_ random: inout RandomGenerator) -> String {
        let fraction = Double(random.next() >> 11) / 0x1p53
        switch values {
        case .list(let values): return values[min(Int(fraction * Double(values.count)), values.count - 1)]
        case .range(let range, let isLinear, let isWhole):
            let (low, high) = (range.lowerBound, range.upperBound)
            if isWhole {
                // Each whole number has its share of the range, the ends too.
                let number = Self.number(at: fraction, from: low - 0.5, to: high + 0.5, isLinear: isLinear)
                return "\(Int(min(max(number.rounded(), low), high)))"
            }
            // More digits would say nothing, and make long names.
            return Self.number(at: fraction, from: low, to: high, isLinear: isLinear).significant(3)
        }
    }

    private static func number(at fraction: Double, from low: Double, to high: Double, isLinear: Bool) -> Double {
        isLinear ? low + fraction * (high - low) : low * exp(fraction * log(high / low))
    }

    /// The parts between commas that are outside of brackets, braces and quotes.
    static func elements(of text: String) -> [String] {
        var elements = [""]
        var depth = 0
        var quote: Character?
        for character in text {
            let isFirst = elements[elements.count - 1].isEmpty
            if let open = quote {
                if character == open { quote = nil }
            } else if "'\"".contains(character), isFirst || depth > 0 {
                quote = character
            } else if "[{".contains(character) {
                depth += 1
            } else if "]}".contains(character) {
                depth -= 1
            } else if character == ",", depth <= 0 {
                elements.append("")
                continue
            }
            // A space behind a comma is none of the value.
            if character == " ", isFirst, elements.count > 1 { continue }
            elements[elements.count - 1].append(character)
        }
        return elements
    }

    /// A range such as `1e-4..1e-1`, `16..64` or `0..0.5:linear`; nil for any other text, such as a path.
    private static func range(_ text: String, of change: String) throws(CommandFailure) -> Values? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 1 || parts[1] == "linear" || parts[1] == "log",
            let dots = parts[0].firstRange(of: "..")
        else { return nil }
        let ends = [String(parts[0][..<dots.lowerBound]), String(parts[0][dots.upperBound...])]
        let numbers = ends.compactMap(Double.init).filter(\.isFinite)
        guard numbers.count == 2 else { return nil }
        let isLinear = parts.count == 2 && parts[1] == "linear"
        func refusal(_ reason: String) -> CommandFailure { CommandFailure(message: "--set \(change): \(reason)") }
        guard numbers[0] < numbers[1] else { throw refusal("a range goes from a smaller number to a larger one") }
        guard isLinear || numbers[0] > 0 else {
            throw refusal(
                "equal ratios need numbers above 0; for equal distances write \(ends[0])..\(ends[1]):linear")
        }
        let isWhole = ends.allSatisfy { Int($0) != nil }
        return .range(numbers[0]...numbers[1], isLinear: isLinear, isWhole: isWhole)
    }
}
