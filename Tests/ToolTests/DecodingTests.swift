import Foundation
import NNDatasets
import NNLayers
import Testing

/// The tool with JPEG files that are decoded at a fraction of their size.
@Suite struct DecodingTests {
    private let folder: WorkFolder

    init() throws {
        folder = try WorkFolder()
        for (split, count) in [("train", 4), ("validation", 3)] {
            for (label, name) in ["blue", "red"].enumerated() {
                for index in 0..<count {
                    let file = folder.url.appending(path: "data/\(split)/\(name)/\(index).jpg")
                    try FileManager.default.createDirectory(
                        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                    // Sizes that are no multiples of 8, in both formats.
                    let size = index % 2 == 0 ? Size(height: 131, width: 173) : Size(height: 150, width: 125)
                    var random = RandomGenerator(key: RandomKey(seed: UInt64(10 * index + label)))
                    let pixels = (0..<size.area * 3).map { number in
                        UInt8(100 + 60 * (number % 3 == 2 * (1 - label) ? 1 : 0) + Int(random.next() % 80))
                    }
                    try Image(size: size, channels: 3, pixels: pixels).writeJPEG(to: file)
                }
            }
        }
        try folder.writeConfig(
            changes: """
                _base_: transforms.yaml
                """)
        try folder.write(
            """
            data:
              train_transforms: [{type: random_resized_crop, size: 16, minimum_area: 0.5}, flip]
              validation_transforms: [{type: resize, size: 18, keeps_aspect_ratio: true}, {type: center_crop, size: 16}]
            """, to: "transforms.yaml")
    }

    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(arguments, in: folder.url)
    }

    private func loss(_ arguments: String...) throws -> Double {
        let outcome = try NNTool.run(["eval", "--json"] + arguments, in: folder.url)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let report = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        let result = try #require(report?["result"] as? [String: Any])
        let scores = try #require(result["scores"] as? [[String: Any]])
        let entry = try #require(scores.first { $0["name"] as? String == "loss" })
        return try #require(entry["value"] as? Double)
    }

    /// The loss of the predictions of all validation images.
    private func predictedLoss(_ run: String) throws -> Double {
        let outcome = try self.run("predict", run, "data/validation", "--csv", "--top", "2")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let rows = outcome.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
        let own = rows.filter { $0[0].contains("/\($0[3])/") }
        #expect(own.count == 6)
        return try own.map { -log(try #require(Double($0[4]))) }.reduce(0, +) / Double(own.count)
    }

    @Test func scoresArePredictionsAndOldRunsKeepTheirs() throws {
        let training = try run("train", "tiny.yaml", "--json")
        #expect(training.exitCode == 0, "\(training.errors)")
        let report = try JSONSerialization.jsonObject(with: Data(training.output.utf8)) as? [String: Any]
        let path = try #require(report?["run"] as? String)
        let config = folder.url.appending(path: "\(path)/config.yaml")
        let text = try String(contentsOf: config, encoding: .utf8)
        #expect(text.contains("decoding: reduced"))
        let reduced = try loss(path)
        #expect(abs(try predictedLoss(path) - reduced) < 1e-5)
        let full = try loss(path, "--set", "data.dataset.decoding=full")
        #expect(full != reduced && abs(full - reduced) < 0.2)
        let outcome = try run("eval", path, "--set", "data.dataset.decoding=full")
        #expect(
            outcome.errors.contains("was trained with data.dataset.decoding reduced, and the configuration has full"))

        // A run of an earlier version does not have the key, neither in its configuration nor in the note of its data.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.contains("decoding:") }
        try lines.joined(separator: "\n").write(to: config, atomically: true, encoding: .utf8)
        let note = folder.url.appending(path: "\(path)/data.json")
        let data = try String(contentsOf: note, encoding: .utf8)
        #expect(data.contains(", decoding: reduced"))
        try data.replacing(", decoding: reduced", with: "").write(to: note, atomically: true, encoding: .utf8)
        #expect(try loss(path) == full)
        #expect(abs(try predictedLoss(path) - full) < 1e-5)
        #expect(try !run("eval", path).errors.contains("decoding"))
        let changed = try run("eval", path, "--set", "data.dataset.decoding=reduced")
        #expect(
            changed.errors.contains("was trained with data.dataset.decoding full, and the configuration has reduced"))
    }
}
