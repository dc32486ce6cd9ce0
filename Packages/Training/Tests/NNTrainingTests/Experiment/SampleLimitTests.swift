import NNLayers
import Testing

@_spi(Internal) @testable import NNTraining

@Suite struct SampleLimitTests {
    @Test func aTrialTakesFewSamples() throws {
        var limit = SampleLimit()
        limit.train = 20
        limit.validation = 5
        let trainer = try TestExperiment.trainer {
            $0.data.limit = limit
            $0.epochs = 1
        }
        #expect(trainer.training.count == 2)
        #expect(trainer.validation?.count == 1)
        #expect(try trainer.train().progress.step == 2)
        let more = try TestExperiment.experiment {
            limit.train = 1_000_000
            $0.data.limit = limit
        }
        #expect(try more.dataset(.train).count == 96)
    }

    @Test func theSeedChooses() throws {
        func names(_ seed: UInt64) throws -> [[UInt8]] {
            let experiment = try TestExperiment.experiment {
                $0.seed = seed
                $0.data.limit = SampleLimit()
                $0.data.limit?.train = 4
            }
            let data = try experiment.dataset(.train)
            return try (0..<data.count).map { try data.sample(at: $0).image.pixels }
        }
        #expect(try names(1) == names(1))
        #expect(try names(1) != names(2))
    }

    @Test func overfittingValidatesOnItsTrainingSamples() throws {
        let experiment = try TestExperiment.experiment { $0.data.overfit = 2 }
        let (train, validation) = (try experiment.dataset(.train), try experiment.dataset(.validation))
        #expect(train.count == 16 && validation.count == 16)
        for index in 0..<16 {
            #expect(try train.sample(at: index).image == validation.sample(at: index).image)
        }
        #expect(try experiment.dataset(.test).count > 16)
    }

    @Test(arguments: [
        ("limit: {train: 0}", "train: must be 1 or more, not 0"), ("overfit: 0", "overfit: must be 1 or more, not 0"),
        ("{limit: {train: 3}, overfit: 1}", "leave one of them out"), ("limit: 100", "limit"),
    ]) func refuses(_ yaml: String, _ message: String) throws {
        let node = try YAMLReader.read(yaml, source: "a.yaml")
        let problems = ConfigDecoder().decodeGathering(DataConfig.self, from: node).problems.map(\.description)
        #expect(problems.contains { $0.contains(message) }, "\(problems)")
    }
}
