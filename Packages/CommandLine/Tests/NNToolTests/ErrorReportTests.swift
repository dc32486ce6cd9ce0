import ArgumentParser
import Foundation
import NNLayers
import Testing

@testable import NNTool

@Suite struct ErrorReportTests {
    private func parseError(_ arguments: [String]) throws -> ErrorReport {
        let error = #expect(throws: (any Error).self) { _ = try RootCommand.parseAsRoot(arguments) }
        return ErrorReport(try #require(error))
    }

    @Test func wrongArgumentsAreUsageErrors() throws {
        let report = try parseError(["doctor", "--jsn"])
        #expect(report.exitCode == 2)
        #expect(report.isError)
        #expect(report.message.hasPrefix("error: Unknown option '--jsn'. Did you mean '--json'?"))
    }

    @Test(arguments: [["--set", "epochs=1"], ["--seed", "1"], ["--size", "8x8"], ["--classes", "3"]])
    func theDoctorRefusesOptionsThatWouldDoNothing(options: [String]) throws {
        let report = try parseError(["doctor"] + options)
        #expect(report.exitCode == 2)
        #expect(report.message.contains("--set, --seed, --size and --classes are for --tune"))
    }

    @Test func theVersionIsNoError() throws {
        let report = try parseError(["--version"])
        #expect(report == ErrorReport(CleanExit.message(NN.version)))
        #expect(report.exitCode == 0)
        #expect(!report.isError)
        #expect(report.message == NN.version)
    }

    @Test func everyProblemOfAConfigurationHasALine() {
        let error = ConfigError([
            .init("unknown key 'a'", place: ConfigPlace(source: "x.yaml", line: 1, column: 2), keyPath: "a"),
            .init("expected text", remedy: "put it in quotes", keyPath: "b.c"),
        ])
        let report = ErrorReport(error)
        #expect(
            report.message == """
                error: x.yaml:1:2: a: unknown key 'a'
                error: b.c: expected text; put it in quotes
                """)
        #expect(report.exitCode == 1)
    }

    @Test func otherErrorsSayWhatTheyDescribe() {
        #expect(ErrorReport(EngineError("no threads")).message == "error: no threads")
    }

    @Test func foundationsErrorsNameTheFile() throws {
        let error = #expect(throws: CocoaError.self) {
            _ = try Data(contentsOf: URL(fileURLWithPath: "/no/such/file"))
        }
        let message = ErrorReport(try #require(error)).message
        #expect(message.hasPrefix("error: /no/such/file: "))
        #expect(!message.contains("NSCocoaErrorDomain"))
    }

    @Test func aFailureHasItsOwnCode() {
        let report = ErrorReport(CommandFailure(message: nil, exitCode: 130))
        #expect(report.exitCode == 130)
        #expect(report.message.isEmpty)
    }
}
