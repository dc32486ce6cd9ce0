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
