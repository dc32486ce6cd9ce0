import NNLayers
import Testing

@_spi(Internal) @testable import NNTraining

@Suite struct TrainingIntervalTests {
    private func training(_ yaml: String) throws -> TrainingConfig {
        try ConfigDecoder().decode(TrainingConfig.self, from: YAMLReader.read(yaml, source: "a.yaml"))
    }

    @Test(arguments: [
        ("500", TrainingInterval.steps(500)), ("1 step", .steps(1)), ("20 steps", .steps(20)), ("1 epoch", .epochs(1)),
        ("'3 epochs'", .epochs(3)), ("30 minutes", .time(.minutes(30))),
    ]) func reads(_ text: String, _ interval: TrainingInterval) throws {
        #expect(try training("save_every: \(text)").saveEvery == interval)
    }

    @Test(arguments: [
        ("90 seconds", 90.0), ("1 minute", 60), ("1.5 hours", 5400), ("2 days", 172_800), ("0.5 seconds", 0.5),
    ]) func readsTimes(_ text: String, _ seconds: Double) throws {
        #expect(try training("max_time: \(text)").maxTime?.seconds == seconds)
    }

    @Test(arguments: ["500", "2 epochs", "90 seconds", "1.5 hours"]) func writesWhatItReads(_ text: String) throws {
        let first = try training("save_every: \(text)")
        let written = YAMLWriter.write(try ConfigEncoder().encode(first))
        #expect(try training(written).saveEvery == first.saveEvery)
    }

    @Test(arguments: [
        ("save_every: 0", "from 1 to 1000000000, not '0 steps'"), ("save_every: -5", "not '-5 steps'"),
        ("save_every: 1.5 epochs", "a whole one"),
        ("save_every: often", "as in 500, 2 epochs or 30 minutes, not 'often'"),
        ("save_every: 3 weeks", "not '3 weeks'"), ("save_every: 0 minutes", "not '0 minutes'"),
        ("save_every: [1]", "a.yaml:1:13"), ("max_time: 20", "as in 90 seconds"),
        ("max_time: 2 epochs", "expected a time"),
        ("max_time: inf hours", "not 'inf hours'"), ("keep_last: 0", "keep_last: must be 1 or more, not 0"),
    ]) func refuses(_ yaml: String, _ message: String) throws {
        let node = try YAMLReader.read(yaml, source: "a.yaml")
        let problems = ConfigDecoder().decodeGathering(TrainingConfig.self, from: node).problems.map(\.description)
        #expect(problems.count == 1)
        #expect(problems.first?.contains(message) == true, "\(problems)")
    }
}
