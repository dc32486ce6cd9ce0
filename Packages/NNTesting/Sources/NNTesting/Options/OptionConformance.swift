import Foundation
import NNLayers

/// Checks that no value of an option brings a component down.
///
/// Every option that the component has by default, those of nested mappings and the elements of lists too, is replaced
/// by each of many wrong values in turn, and every mapping gets an unknown key. Each of these configurations is
///
/// - refused by an error that names the option and says what is allowed, or
/// - accepted: the component is built, and works, or refuses what it is given by an error;
/// - either way within seconds, and without memory out of proportion.
///
/// There is an overload for each kind that knows how its components are used.
///
/// - Parameters:
///   - kind: The kind of component.
///   - options: Its name, or a mapping with its `type` and options that are valid.
///   - registry: Has the component, and those that its options name.
///   - environment: What the component is built in.
///   - use: Uses a component that was built; throws ``CheckFailure`` for a wrong result, and any other error for what it
///     refuses.
/// - Throws: ``CheckFailure`` with all findings.
public func checkOptions<Environment, Product>(
    _ kind: ComponentKind<Environment, Product>, _ options: ConfigNode, in registry: Registry,
    _ environment: Environment, use: (Product) throws -> Void = { _ in }
) throws {
    let name = options.string ?? options["type"]?.string ?? "without a type"
    var findings = Findings("\(kind.name) '\(name)'")
    func attempt(_ node: ConfigNode) throws {
        let resolved = try registry.check(kind, node)
        if try !registry.check(kind, resolved).isSame(as: resolved) {
            throw CheckFailure(subject: "options", findings: ["completed a second time, they are others"])
        }
        try use(try registry.build(kind, from: node, environment))
    }
    do throws(ConfigError) {
        let valid = try registry.check(kind, options.moved(to: kind.name))
        findings.addProblems(of: valid, except: "type", attempt)
    } catch {
        findings.add("is refused with the options to begin with: \(error)")
    }
    try findings.check()
}

/// Checks a configuration with one value changed, see ``checkOptions(_:_:in:_:use:)``, for options that are not those of
/// a registered component.
/// - Parameters:
///   - valid: All options, with valid values.
///   - attempt: Reads and uses the options; throws ``CheckFailure`` for a wrong result, and any other error for what it
///     refuses.
/// - Throws: ``CheckFailure`` with all findings.
public func checkOptions(_ valid: ConfigNode, _ subject: String, attempt: (ConfigNode) throws -> Void) throws {
    var findings = Findings(subject)
    findings.addProblems(of: valid.moved(to: ""), attempt)
    try findings.check()
}

extension Findings {
    /// Adds what is wrong with how a configuration is taken, as it is and with each change.
    fileprivate mutating func addProblems(
        of valid: ConfigNode, except key: String? = nil, _ attempt: (ConfigNode) throws -> Void
    ) {
        do {
            try attempt(valid)
        } catch let error where error is ConfigError || error is CheckFailure {
            return add("is refused with the options to begin with: \(error)")
        } catch {
            // A component that works with files may find none.
        }
        for change in WrongValue.changes(of: valid, except: key) {
            if let problem = OptionAttempt(change, under: valid.keyPath).problem(attempt) { add(problem) }
        }
    }
}

/// The use of a configuration with one value changed.
private struct OptionAttempt {
    let change: WrongValue.Change
    /// The key path of the configuration.
    let root: String

    /// Words of messages that say what is allowed.
    private static let demands = [
        "must", "expected", "known: ", "needs", "outside", "too large", "did you mean", "no keys are expected",
        "at most",
        "write", "known", "state one", "is for", "there is no", "matches no", "but there are", "name one of", "smaller",
        "give one of", "cannot be read", "leave it out",
    ]
    private static let seconds = 10
    private static let byteCount = 8 << 30

    init(_ change: WrongValue.Change, under root: String) {
        self.change = change
        self.root = root
    }

    /// What is wrong with how the change is taken; nil where nothing is.
    func problem(_ attempt: (ConfigNode) throws -> Void) -> String? {
        let (start, memory) = (ContinuousClock.now, peakOfMemory())
        var problem: String?
        do {
            try attempt(change.node.moved(to: root))
        } catch let failure as CheckFailure {
            problem = "is accepted, but \(failure.findings.joined(separator: "; "))"
        } catch let error as ConfigError {
            problem = self.problem(of: error)
        } catch {
            // The component was built, and refused what it was given.
            if "\(error)".count < 10 { problem = "is refused without a reason: \(error)" }
        }
        if ContinuousClock.now - start > .seconds(Self.seconds) { problem = "takes longer than \(Self.seconds) s" }
        if peakOfMemory() - memory > Self.byteCount {
            problem = "takes more than \(Self.byteCount >> 30) GiB of memory"
        }
        return problem.map { "\(change): \($0)" }
    }

    private func problem(of error: ConfigError) -> String? {
        let text = error.description
        guard let option = change.path.last(where: { Int($0) == nil }), text.contains(option) else {
            return "the error does not name the option: \(text)"
        }
        guard Self.demands.contains(where: { text.contains($0) }) else {
            return "the error does not say what is allowed: \(text)"
        }
        return nil
    }
}

extension ConfigNode {
    /// Whether both have the same values; not a number is the same as itself.
    fileprivate func isSame(as other: ConfigNode) -> Bool {
        switch (content, other.content) {
        case (.float(let left), .float(let right)): left == right || left.isNaN && right.isNaN
        case (.sequence(let left), .sequence(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        case (.mapping(let left), .mapping(let right)):
            left.map(\.key) == right.map(\.key) && zip(left, right).allSatisfy { $0.value.isSame(as: $1.value) }
        default: self == other
        }
    }
}

/// The most address space that the process had at a time, in bytes; 0 where the system does not tell.
private func peakOfMemory() -> Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
        let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmPeak:") })
    else { return 0 }
    return (line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0) << 10
}
