import Foundation
import NNCore

/// How far two tensors of the same shape lie apart.
public struct Closeness: Sendable, CustomStringConvertible {
    /// The largest difference of two elements, infinite where only one of them is finite.
    public private(set) var absoluteError = 0.0
    /// The largest difference of two elements as a part of the expected one's magnitude.
    public private(set) var relativeError = 0.0
    /// The root mean square of the expected values, to see the absolute error against.
    public let scale: Double
    /// Where the absolute error is largest.
    public private(set) var worstIndex: [Int] = []
    /// The two values there.
    public private(set) var worstValues = (actual: 0.0, expected: 0.0)

    private let actual: [Float]
    private let expected: [Float]

    /// Compares two tensors element by element, in double precision; their types may differ.
    public init(of actual: Tensor, to expected: Tensor) {
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

    /// How many elements differ by more than `absolute + relative · |expected|`.
    public func violations(relative: Double, absolute: Double) -> Int {
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

    public var description: String {
        "largest difference \(short(absoluteError)) (at \(worstIndex): \(short(worstValues.actual)), "
            + "expected \(short(worstValues.expected))), relative \(short(relativeError)), "
            + "root mean square expected \(short(scale))"
    }
}

/// Throws unless every element lies within `absolute + relative · |expected|` of the expected one.
///
/// - Throws: ``CheckFailure`` with the largest differences and where they are.
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
                    + "\(short(absolute)) + \(short(relative)) of the expected value\n\(closeness)"
            ])
    }
}

/// Throws unless every element equals the expected one in all bits, or both are NaN.
public func checkEqual(_ actual: Tensor, _ expected: Tensor, _ subject: String = "tensors") throws {
    guard actual.specification == expected.specification else {
        throw CheckFailure(
            subject: subject, findings: ["\(actual.specification), expected \(expected.specification)"])
    }
    try checkClose(actual, expected, relative: 0, absolute: 0, subject)
}

func rootMeanSquare(_ values: [Float]) -> Double {
    values.isEmpty ? 0 : (values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)).squareRoot()
}

/// A number with four digits, for people.
func short(_ value: Double) -> String { String(format: "%.4g", value) }

/// What a check found wrong, one line for each finding.
///
/// Thrown, not recorded, so that it fails a test of any framework: `try checkLayer(...)` is enough in
/// XCTest and in Swift Testing.
public struct CheckFailure: Error, Sendable, CustomStringConvertible {
    /// What was checked.
    public let subject: String
    /// What is wrong with it.
    public let findings: [String]

    public var description: String {
        "\(subject):\n"
            + findings.map { "  - " + $0.replacingOccurrences(of: "\n", with: "\n    ") }
            .joined(separator: "\n")
    }
}

/// Collects findings, so that one run reports all of them.
struct Findings {
    private let subject: String
    private var findings: [String] = []

    init(_ subject: String) { self.subject = subject }

    mutating func expect(_ condition: Bool, _ finding: @autoclosure () -> String) {
        if !condition { findings.append(finding()) }
    }

    mutating func add(_ finding: String) { findings.append(finding) }

    /// Runs a check, and notes what it finds.
    mutating func collect(_ part: String, _ check: () throws -> Void) rethrows {
        do { try check() } catch let failure as CheckFailure {
            findings.append("\(part): \(failure.description)")
        }
    }

    func check() throws {
        if !findings.isEmpty { throw CheckFailure(subject: subject, findings: findings) }
    }
}
