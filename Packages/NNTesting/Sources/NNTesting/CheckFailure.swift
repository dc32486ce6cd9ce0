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

/// Collects findings, so that one run reports all of them; for checks of a plugin's own kinds too.
///
/// ```swift
/// var findings = Findings("Swish")
/// findings.expect(swish.beta.item.isFinite, "beta is not finite")
/// try findings.check()
/// ```
public struct Findings {
    private let subject: String
    private var findings: [String] = []

    /// No findings yet.
    /// - Parameter subject: What is checked.
    public init(_ subject: String) { self.subject = subject }

    /// Adds a finding where a condition does not hold.
    public mutating func expect(_ condition: Bool, _ finding: @autoclosure () -> String) {
        if !condition { findings.append(finding()) }
    }

    /// Adds a finding.
    public mutating func add(_ finding: String) { findings.append(finding) }

    /// Runs a check, and adds what it finds as one finding.
    /// - Throws: What is no ``CheckFailure``.
    public mutating func collect(_ part: String, _ check: () throws -> Void) rethrows {
        do { try check() } catch let failure as CheckFailure {
            findings.append("\(part): \(failure.description)")
        }
    }

    /// Reports what was found.
    /// - Throws: ``CheckFailure`` with all findings, if there are any.
    public func check() throws {
        if !findings.isEmpty { throw CheckFailure(subject: subject, findings: findings) }
    }
}
