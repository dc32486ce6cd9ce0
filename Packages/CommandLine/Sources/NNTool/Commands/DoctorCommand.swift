import ArgumentParser

struct DoctorCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Shows what this machine calculates with, and tests it.")

    @Flag(help: "Print JSON.")
    var json = false

    func run(_ tool: Tool) throws {
        let report = DoctorReport(try tool.configureEngine())
        if json { try tool.console.print(json: report) } else { tool.console.print(text(report)) }
        guard report.passes else { throw CommandFailure(message: "a backend calculates wrong results on this machine") }
    }

    private func text(_ report: DoctorReport) -> String {
        var lines = [
            "nn          \(report.version)",
            "processor   \(report.processor.model), \(report.processor.cores) cores",
            "features    \(report.processor.features.joined(separator: " "))",
            "threads     \(report.threads)",
            "memory      \(report.memory.available.byteText) of \(report.memory.total.byteText) free",
            "",
            "Backends, in the order in which they are asked"
                + (report.order == "NN_BACKENDS" ? ", chosen by NN_BACKENDS" : ""),
        ]
        for (index, backend) in report.backends.enumerated() {
            let state = backend.problem.map { "missing: \($0)" } ?? backend.details
            lines.append("  \(backend.problem == nil ? "\(index + 1)." : "- ") \(backend.name): \(state)")
            lines += backend.notes.map { "      \($0)" }
        }
        if !report.unused.isEmpty { lines.append("  not used: \(report.unused.joined(separator: ", "))") }
        lines += ["", "Libraries"]
        lines += report.libraries.map { "  \($0.name) \($0.version)\n      \($0.path)" }
        lines += ["", "Self test: a convolution by each backend against a plain loop"]
        for test in report.selfTests {
            let result =
                test.error.map { "\(test.passes ? "ok" : "WRONG"), largest difference \($0)" }
                ?? "left to the next backend"
            lines.append("  \(test.backend) \(test.precision): \(result)")
        }
        lines += ["", "Differential test: random calculations by each backend against plain loops"]
        for test in report.differentialTests {
            lines.append(
                "  \(test.backend): \(test.agreeing) ok, \(test.declined) left to the next backend"
                    + (test.passes ? "" : ", \(test.failures.count) WRONG"))
            lines += test.failures.map { "      \($0)" }
        }
        if !report.warnings.isEmpty { lines += [""] + report.warnings.map { "warning: \($0)" } }
        return lines.joined(separator: "\n")
    }
}
