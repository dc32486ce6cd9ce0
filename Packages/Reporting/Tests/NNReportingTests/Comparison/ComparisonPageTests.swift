import Foundation
import NNTraining
import Testing

@_spi(Internal) @testable import NNReporting

@Suite struct ComparisonPageTests {
    private let folders: RunFolders

    init() throws { folders = try RunFolders() }

    private func body(_ comparison: RunComparison, _ anchor: String) throws -> String {
        try #require(comparison.sections.first { $0.anchor == anchor }).body.description
    }

    @Test func theBestHasAMarkBesideItsWeight() throws {
        let comparison = try RunComparison([folders.run("a", top1: [70]), folders.run("b", top1: [80])])
        let scores = try body(comparison, "scores")
        #expect(scores.contains("<td class=\"number\"><b title=\"the best\">★ 80.00</b></td>"))
        #expect(scores.contains("<td class=\"number\">70.00</td>"))
        #expect(try body(comparison, "differences").contains("the same configuration"))
    }

    @Test func keysAreRows() throws {
        let runs = [try folders.run("a", config: "lr: 1"), try folders.run("b", config: "other: '<b>'")]
        let differences = try body(RunComparison(runs), "differences")
        #expect(differences.contains("<th scope=\"row\">lr</th><td>1</td><td>—</td>"))
        #expect(differences.contains("<th scope=\"row\">other</th><td>—</td><td>&lt;b&gt;</td>"))
        #expect(try !body(RunComparison(runs), "scores").contains("other"))
    }

    /// A chart for each score by epoch; of the losses and the judged score by step and by time; and of single steps.
    @Test func eachScoreHasAChart() throws {
        let curves = ComparisonCurves(try RunComparison([folders.run("a"), folders.run("b")]).runs)
        let epochs = curves.charts(over: .epoch)
        #expect(epochs.map(\.title) == ["validation top1", "validation loss", "train loss"])
        #expect(epochs[0].series.map(\.name) == ["a", "b"])
        #expect(
            epochs[0].series[0].points.map(\.x) == [1, 2, 3] && epochs[0].series[0].points.map(\.y) == [50, 70, 60])
        #expect(curves.charts(over: .step).map(\.title).last == "train loss of steps")
        #expect(curves.charts(over: .step)[0].series[1].points.map(\.x) == [10, 20, 30])
        let minutes: [Double] = [100.0 / 60, 200.0 / 60, 5]
        #expect(curves.charts(over: .minutes)[0].series[1].points.map(\.x) == minutes)
    }

    @Test func twentyRunsAreDistinguished() throws {
        let runs = try (0..<20).map { try folders.run("run-\($0)", config: "lr: \($0)", top1: [10, 50 + Double($0)]) }
        let comparison = try RunComparison(runs)
        let series = ComparisonCurves(comparison.runs).charts(over: .epoch)[0].series
        #expect(series.map(\.name) == (0..<20).map { "run-\($0)" })
        let looks = series.map { "\($0.color?.code ?? "") \($0.isDashed)" }
        #expect(Set(looks).count == 20)
        #expect(try body(comparison, "scores").contains("★ 69.00"))
    }

    @Test func sectionsAreAPage() throws {
        let comparison = try RunComparison([folders.run("a"), folders.run("b")])
        #expect(comparison.sections.map(\.anchor) == ["scores", "differences", "curves"])
        let markup = comparison.sections.map(\.body.description).joined()
        for tag in ["table", "tr", "td", "th", "div", "figure", "svg"] {
            let opened = markup.components(separatedBy: "<\(tag)").dropFirst().filter { " >".contains($0.first ?? "?") }
            #expect(opened.count == markup.components(separatedBy: "</\(tag)>").count - 1, "\(tag)")
        }
    }
}
