import Foundation
import Testing

/// What the system refuses is one error with the reason and the remedy, and costs no more than it must.
@Suite struct LimitTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        try folder.makeClassFolders()
        try folder.writeConfig()
    }

    private var runFolders: [String] {
        folder.contents.filter { $0.hasPrefix("runs/tiny/") && $0.split(separator: "/").count == 3 }.sorted()
    }

    /// A signal tells of the limit, too, and ends processes that do not ignore it without a word.
    @Test func theLimitOfFileSizesIsNamed() throws {
        let before = folder.contentsBesideDataChecks
        let outcome = try NNTool.shell("ulimit -f 64; exec \"$NN\" train tiny.yaml --set epochs=1", in: folder.url)
        #expect(outcome.exitCode == 1 && outcome.errorLines.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("the file-size limit (ulimit -f) of 32768 bytes is reached; raise it"))
        #expect(folder.contentsBesideDataChecks == before)
    }

    /// With as few open files as there are, training works, or one message names the limit.
    @Test func theLimitOfOpenFilesIsNamed() throws {
        var codes: Set<Int32> = []
        for limit in [4, 5, 6, 8, 10, 32] {
            let outcome = try NNTool.shell(
                "ulimit -n \(limit); exec \"$NN\" train tiny.yaml --set epochs=1 --skip-data-check --output runs-\(limit)",
                in: folder.url)
            codes.insert(outcome.exitCode)
            if outcome.exitCode == 0 { continue }
            #expect(outcome.exitCode == 1 && outcome.errorLines.count == 1, "\(limit): \(outcome.errors)")
            #expect(
                outcome.errors.lowercased().contains("may have \(limit) (ulimit -n)")
                    && outcome.errors.contains("llow more, as by 'ulimit -n 1024'"),
                "\(limit): \(outcome.errors)")
            #expect(!outcome.errors.contains("Cocoa"), "\(limit): \(outcome.errors)")
        }
        #expect(codes == [0, 1])
    }

    /// What happens in validation, as to an image, does not cost the epoch that was trained.
    @Test func aValidationImageThatVanishesCostsNothing() throws {
        try folder.writeConfig(changes: "seed: 3")
        let settings = "--set epochs=60 --set data.cache=false"
        let whole = try NNTool.shell("\"$NN\" train tiny.yaml \(settings) --output whole", in: folder.url)
        #expect(whole.exitCode == 0, "\(whole.errors)")
        let image = "data/validation/blue/5.png"
        let broken = try NNTool.shell(
            """
            "$NN" train tiny.yaml \(settings) > out.txt 2>&1 & pid=$!
            while ! grep -q 'epoch  1/60' out.txt; do kill -0 $pid || exit 99; sleep 0.02; done
            mv \(image) safe.png; wait $pid; code=$?; mv safe.png \(image); exit $code
            """, in: folder.url)
        let text = try String(contentsOf: folder.url.appending(path: "out.txt"), encoding: .utf8)
        #expect(broken.exitCode == 1 && text.contains("\(image): "), "\(text)")
        let run = try #require(runFolders.first)
        #expect(text.contains("training so far is saved; to resume: nn train --resume \(run)"), "\(text)")
        // The epoch is trained, and its evaluation is not: the rows are those of the epochs before.
        let rows = try String(contentsOf: folder.url.appending(path: "\(run)/metrics.csv"), encoding: .utf8)
            .split(separator: "\n")
        let resumed = try NNTool.shell("\"$NN\" train --resume \(run)", in: folder.url)
        #expect(resumed.exitCode == 0, "\(resumed.errors)")
        let first = resumed.output.split(separator: "\n").first { $0.hasPrefix("epoch ") }
        // No step is left of it, so that there is no speed.
        #expect(first?.contains("epoch \(rows.count < 10 ? " " : "")\(rows.count)/60") == true, "\(resumed.output)")
        #expect(first?.contains("  0.0 images/s") == true, "\(resumed.output)")
        let files = folder.contents.filter { $0.hasPrefix("whole/") && $0.hasSuffix("/last.safetensors") }
        let expected = try Data(contentsOf: folder.url.appending(path: try #require(files.first)))
        #expect(try Data(contentsOf: folder.url.appending(path: "\(run)/last.safetensors")) == expected)
    }
}
