import Foundation
import Testing

/// `nn report`, and pages of runs that are trained.
@Suite struct ReportTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders()
        try folder.writeConfig()
    }

    private func runFolder() throws -> String {
        let runs = folder.contents.filter { $0.hasPrefix("runs/tiny/") && $0.split(separator: "/").count == 3 }
        #expect(runs.count == 1)
        return try #require(runs.first)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOf: folder.url.appending(path: name), encoding: .utf8)
    }

    @Test func pageIsWrittenWithAndWithoutTheData() throws {
        let training = try NNTool.run(
            ["train", "tiny.yaml", "--set", "epochs=1", "--set", "training.report=true"], in: folder.url)
        #expect(training.exitCode == 0, "\(training.errors)")
        let run = try runFolder()
        #expect(try text("\(run)/report.html").contains(">finished</span> epoch 1 of 1"))

        let report = try NNTool.run(["report", "tiny.yaml", "-o", "page.html"], in: folder.url)
        #expect(report.exitCode == 0 && report.output == "page.html\n", "\(report.errors)")
        #expect(!report.errors.contains("notice"))
        #expect(try text("page.html").contains("<h2"))

        try FileManager.default.removeItem(at: folder.url.appending(path: "data"))
        let bare = try NNTool.run(["report", run], in: folder.url)
        #expect(bare.exitCode == 0 && bare.output == "\(run)/report.html\n", "\(bare.errors)")
        #expect(bare.errors.contains("notice: The data of the run cannot be used"))
        #expect(try text("\(run)/report.html").contains("The data of the run cannot be used"))
    }

    @Test func otherFoldersAndFilesAreRefused() throws {
        let other = try NNTool.run(["report", "."], in: folder.url)
        #expect(other.exitCode == 1 && other.errorLines.count == 1)
        #expect(other.errors.contains("is no run folder"))
        try folder.write("epochs: 2\n", to: "run/config.yaml")
        for output in ["missing/page.html", "run"] {
            let result = try NNTool.run(["report", "run", "-o", output], in: folder.url)
            #expect(result.exitCode == 1 && result.errorLines.count == 1, "\(result.errors)")
        }
        #expect(!folder.contents.contains { $0.hasSuffix(".html") || $0.hasSuffix(".tmp") })
    }
}
