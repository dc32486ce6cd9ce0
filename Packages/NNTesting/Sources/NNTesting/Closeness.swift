import Foundation
import NNCore

/// The findings of a failed check, one line each.
///
/// Checks throw it, so that they fail a test of any framework: `try checkLayer(...)` works in XCTest and in Swift
/// Testing.
public struct CheckFailure: Error, Sendable, CustomStringConvertible {
    /// What was checked.
    public let subject: String
    /// What is wrong with it.
    public let findings: [String]

    /// Creates the failure of a check.
    public init(subject: String, findings: [String]) {
        self.subject = subject
        self.findings = findings
    }

    /// The subject, followed by a list of the findings.
    public var description: String {
        "\(subject):\n"
            + findings.map { "  - " + $0.replacingOccurrences(of: "\n", with: "\n    ") }
            .joined(separator: "\n")
    }
}

/// Throws unless every element lies within `absolute + relative · |expected|` of the expected one.
///
/// - Parameters:
///   - actual: The tensor to check.
///   - expected: The expected values, in the same shape; the element types may differ.
///   - relative: The tolerance as a fraction of the expected magnitude.
///   - absolute: The absolute tolerance.
///   - subject: What the failure calls the tensors.
/// - Throws: ``CheckFailure`` with the largest differences and their positions.
public func checkClose(
    _ actual: Tensor, _ expected: Tensor, relative: Double = 1e-5, absolute: Double = 1e-6,
    _ subject: String = "tensors"
) throws {
    guard actual.shape == expected.shape else {
        throw CheckFailure(subject: subject, findings: ["shape \(actual.shape), expected \(expected.shape)"])
    }
    let closeness = Closeness(of: actual, to: expected)
    let violations = closeness.violations(relative: relative, absolute: absolute)
    guard violations == 0 else {
        throw CheckFailure(
            subject: subject,
            findings: [
                "\(violations) of \(actual.elementCount) values differ by more than "
                    + "\(short(absolute)) + \(short(relative)) · |expected|\n\(closeness)"
            ])
    }
}

/// Throws unless shape, element type and every element agree exactly. NaN equals NaN.
///
/// - Throws: ``CheckFailure``
public func checkEqual(_ actual: Tensor, _ expected: Tensor, _ subject: String = "tensors") throws {
    guard actual.specification == expected.specification else {
        throw CheckFailure(
            subject: subject, findings: ["\(actual.specification), expected \(expected.specification)"])
    }
    try checkClose(actual, expected, relative: 0, absolute: 0, subject)
}

/// The differences between two tensors of the same shape.
struct Closeness: CustomStringConvertible {
    /// The largest difference, infinite if only one of the elements is finite.
    private(set) var absoluteError = 0.0
    /// The largest difference relative to the expected magnitude.
    private(set) var relativeError = 0.0
    /// The root mean square of the expected values.
    let scale: Double
    /// The position of the largest difference.
    private(set) var worstIndex: [Int] = []
    /// The two values there.
    private(set) var worstValues = (actual: 0.0, expected: 0.0)

    private let actual: [Float]
    private let expected: [Float]

    /// Compares two tensors element by element, in double precision; their element types may differ.
    init(of actual: Tensor, to expected: Tensor) {
        require(actual.shape == expected.shape, "Closeness: shapes \(actual.shape) and \(expected.shape)")
        self.actual = actual.floats
        self.expected = expected.floats
        scale = rootMeanSquare(self.expected)
        var worst: Int?
        for (index, (left, right)) in zip(self.actual, self.expected).enumerated() {
            let difference = Self.difference(left, right)
            if difference > absoluteError || worst == nil {
                absoluteError = max(difference, absoluteError)
                worst = index
            }
            if difference > 0 { relativeError = max(relativeError, difference / abs(Double(right))) }
        }
        if let worst {
            worstIndex = zip(actual.shape.strides, actual.shape).map { worst / $0 % $1 }
            worstValues = (Double(self.actual[worst]), Double(self.expected[worst]))
        }
    }

    /// The number of elements that differ by more than `absolute + relative · |expected|`.
    func violations(relative: Double, absolute: Double) -> Int {
        zip(actual, expected).count { actual, expected in
            let difference = Self.difference(actual, expected)
            return difference > absolute + relative * abs(Double(expected)) || difference == .infinity
        }
    }

    private static func difference(_ left: Float, _ right: Float) -> Double {
        if left == right || left.isNaN && right.isNaN { return 0 }
        let difference = abs(Double(left) - Double(right))
        return difference.isNaN ? .infinity : difference
    }

    var description: String {
        "largest difference \(short(absoluteError)) (at \(worstIndex): \(short(worstValues.actual)), "
            + "expected \(short(worstValues.expected))), relative \(short(relativeError)), "
            + "root mean square of the expected values \(short(scale))"
    }
}

/// Collects findings, so that a check reports all of them; for checks of custom kinds of components as well.
///
/// ```swift
/// var findings = Findings("Swish")
/// findings.expect(swish.beta.item.isFinite, "beta is not finite")
/// try findings.check()
/// ```
public struct Findings {
    private let subject: String
    private var findings: [String] = []

    /// Creates an empty list of findings.
    /// - Parameter subject: What is checked.
    public init(_ subject: String) { self.subject = subject }

    /// Adds a finding if a condition does not hold.
    public mutating func expect(_ condition: Bool, _ finding: @autoclosure () -> String) {
        if !condition { findings.append(finding()) }
    }

    /// Adds a finding.
    public mutating func add(_ finding: String) { findings.append(finding) }

    /// Runs a check, and adds its findings as one, under the name of a part.
    /// - Throws: Errors other than ``CheckFailure``.
    public mutating func collect(_ part: String, _ check: () throws -> Void) rethrows {
        do { try check() } catch let failure as CheckFailure {
            findings.append("\(part): \(failure.description)")
        }
    }

    /// Reports the findings.
    /// - Throws: ``CheckFailure`` with all findings, if there are any.
    public func check() throws {
        if !findings.isEmpty { throw CheckFailure(subject: subject, findings: findings) }
    }
}

func rootMeanSquare(_ values: [Float]) -> Double {
    values.isEmpty ? 0 : (values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)).squareRoot()
}

/// A number with four significant digits.
func short(_ value: Double) -> String { String(format: "%.4g", value) }
