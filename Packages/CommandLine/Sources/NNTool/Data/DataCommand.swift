import ArgumentParser
import NNDatasets
import NNLayers
@_spi(Internal) import NNTraining

struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data", abstract: "Checks and shows the data of a configuration.",
        subcommands: [
            DataCheckCommand.self, DataCleanCommand.self, DataStatsCommand.self, DataViewCommand.self,
            DataExportCommand.self, DataConvertCommand.self, DataShardCommand.self,
        ])
}

/// Reads the data of a configuration for the `data` commands, with a progress line.
///
/// Samples are not kept in memory as they are for training, since each is read only once.
struct DataScan {
    let config: ExperimentConfig
    private let experiment: Experiment
    private let console: Console

    /// - Throws: `ConfigError` for an unknown data set or invalid options.
    init(_ config: ExperimentConfig, _ tool: Tool) throws {
        self.config = config
        experiment = try Experiment(config, registry: tool.registry)
        console = tool.console
    }

    /// All samples of a split.
    /// - Throws: `DatasetError` if the split cannot be used.
    func dataset(_ split: Split) throws -> any Dataset { try experiment.allSamples(of: split) }

    /// Checks all splits.
    /// - Throws: `ConfigError` for wrong transforms.
    func check() throws -> DataCheckReport {
        var check = DataCheck()
        check.brokenSamples = config.data.onError
        // Without training samples, their classes are unknown to transforms; that is a finding.
        if (try? experiment.dataset(.train)) != nil { check = try DataCheck(of: experiment) }
        if !experiment.hasValidation { check.splits.removeAll { $0 == .validation } }
        let progress = ScanProgress("check", console: console)
        defer { console.clearStatus() }
        return check.run(progress: { progress.show($0.split.rawValue, done: $0.done, total: $0.total) }) {
            try dataset($0)
        }
    }

    /// The statistics of the splits that exist; at least the training split.
    /// - Throws: `DatasetError` if the training split cannot be used.
    func statistics() throws -> [DataStatistics] {
        let progress = ScanProgress("read", console: console)
        defer { console.clearStatus() }
        var datasets: [any Dataset] = []
        defer { console.report(unreadBy: datasets) }
        return try Split.allCases.compactMap { split in
            let dataset: any Dataset
            do {
                dataset = try self.dataset(split)
            } catch  where split != .train {
                return nil
            }
            datasets.append(dataset)
            return DataStatistics(split, dataset) { done in
                progress.show(split.rawValue, done: done, total: dataset.count)
            }
        }
    }
}
