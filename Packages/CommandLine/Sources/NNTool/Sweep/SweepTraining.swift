import Foundation
import NNDatasets
import NNLayers
@_spi(Internal) import NNTraining

/// Trains the runs of a sweep, and reports them in one table.
struct SweepTraining {
    let tool: Tool
    /// The folder of all runs.
    let runs: URL
    let fallsBack: Bool
    let checksData: Bool
    let isJSON: Bool

    private func say(_ text: String) { isJSON ? tool.console.report(text) : tool.console.print(text) }

    /// Trains the points of a plan in a new folder.
    func begin(_ path: String, _ plan: SweepPlan, seeds: SeedChoice?) throws {
        // The base may be incomplete without the values of a point, but it has a seed and a division of the data.
        let base = try Self.base(path, tool.registry)
        let members = try plan.members(seeds: { try self.seeds($0, plan, path, seeds) }, namesSeeds: seeds != nil)
        try train(members, of: plan.keys, config: { try config($0, from: path) }, threads: nil) {
            try RunStudy(
                in: runs, configuration: TrainCommand.name(of: path), config: base, .sweep, keys: plan.keys, members)
        }
    }

    /// Trains what is missing or has failed in a folder.
    /// - Parameter seeds: The seeds of each point from now on; nil for those that it has.
    func resume(_ folder: URL, seeds: SeedChoice?) throws {
        var study = try open(folder)
        if let seeds {
            guard !study.keys.contains("seed") else {
                throw CommandFailure(message: "\(folder.relativePath): it varies the seed already; omit --seeds")
            }
            let points = study.members.reduce(into: [StudyMember]()) { points, member in
                if !points.contains(where: { $0.values == member.values }) { points.append(member) }
            }
            for point in points {
                let first = try config(point, of: study, seeded: false).seed
                let titles = zip(SweepNames.short(study.keys), point.values).map { "\($0)-\($1)" }
                for seed in seeds.seeds(from: first) {
                    let name = SweepNames.folder(
                        titles + ["seed-\(seed)"], besides: Set(study.members.map(\.name)))
                    study.add([
                        StudyMember(name: name, number: seed, values: point.values, changes: point.changes)
                    ])
                }
            }
            try SweepPlan.check(study.members.count)
        }
        try resume(study)
    }

    /// Trains what is missing or has failed in a folder, and further points of a plan.
    /// - Throws: ``CommandFailure`` where the runs in the folder have another configuration.
    func resume(_ folder: URL, _ path: String, _ plan: SweepPlan, seeds: SeedChoice?) throws {
        var study = try open(folder)
        guard study.keys == plan.keys else {
            throw CommandFailure(
                message:
                    "\(folder.relativePath): its runs differ by \(study.keys.joined(separator: ", ")), and these by "
                    + "\(plan.keys.joined(separator: ", ")); continue without a configuration, or start again without "
                    + "--resume")
        }
        if let known = study.members.first {
            let new = StudyMember(
                name: known.name, number: known.number, values: known.values, changes: plan.changes(of: known.values))
            let (now, before) = (try config(new, from: path), try config(known, of: study))
            let trained = study.runs.first { $0.hasConfig && $0.url.lastPathComponent == known.name }
            let changes =
                try trained?.changes(in: now, registry: tool.registry) ?? now.node.differences(from: before.node)
            if let change = changes.first { throw study.refusal(of: change) }
        }
        let members = try plan.members(
            seeds: { try self.seeds($0, plan, path, seeds) }, namesSeeds: seeds != nil, besides: study.members)
        study.add(members)
        try resume(study)
    }

    private func resume(_ study: RunStudy) throws {
        let trained = study.runs.first { $0.hasRecord }
        let threads = try trained.flatMap { try TrainCommand.threads(of: $0, tool.console) }
        try train(study.unfinished, of: study.keys, config: { try config($0, of: study) }, threads: threads) {
            try study.save()
            return study
        }
    }

    private func open(_ folder: URL) throws -> RunStudy {
        guard RunStudy.variation(at: folder) == .sweep else {
            throw CommandFailure(message: "\(folder.relativePath) is not a folder of a sweep: it has no sweep.json")
        }
        return try RunStudy(existing: folder)
    }

    /// Checks all runs, trains them one after the other, and reports them.
    /// - Parameter begin: Creates or returns their folder.
    private func train(
        _ members: [StudyMember], of keys: [String], config: @escaping (StudyMember) throws -> ExperimentConfig,
        threads: Int?,
        begin: () throws -> RunStudy
    ) throws {
        try tool.startEngine(threads: threads)
        let proof = SweepProof(tool: tool, keys: keys, runs: runs, checksData: checksData)
        // What is read now is trained, whatever becomes of the file meanwhile.
        let configs = try proof.pass(members, config: config)
        var study = try begin()
        say("\(proof.text(of: study.members))\nruns    \(study.url.relativePath)\n")
        let training = StudyTraining(tool: tool, fallsBack: fallsBack, say: say) { member in
            try configs[member.name] ?? config(member)
        }
        let pause = try training.run(&study, first: nil)
        let table = SweepTable(of: study)
        say(table.text)
        say("\nfolder of all runs \(study.url.relativePath)")
        if isJSON { try tool.console.print(json: table) }
        if pause != nil || !study.failures.isEmpty {
            say("to resume: nn sweep --resume \(study.url.relativePath)")
        }
        if pause == .interrupted { throw CommandFailure(exitCode: InterruptWatch.exitCode) }
        if !study.failures.isEmpty {
            throw CommandFailure(
                message: "\(study.failures.count) of \(study.members.count) runs failed, as listed with their reasons")
        }
    }
}

extension SweepTraining {
    /// The file with its bases, which points change; for that of a run, with the data where it was for that run.
    private static func base(_ path: String, _ registry: Registry) throws -> ConfigNode {
        let url = URL(fileURLWithPath: path)
        let folder = PathKind(of: path) == .folder ? url : url.deletingLastPathComponent()
        if let run = try? RunDirectory(existing: folder), PathKind(of: path) == .folder || run.isRun(configFile: url) {
            return try run.config(registry: registry).node
        }
        return try ConfigLoader.load(path)
    }

    /// The seeds of a point; nil for its own where it is varied as any other key.
    private func seeds(
        _ point: [String], _ plan: SweepPlan, _ path: String, _ choice: SeedChoice?
    ) throws -> [UInt64?] {
        if plan.keys.contains("seed") { return [nil] }
        // A wrong configuration is told of together with all others.
        let changes = plan.changes(of: point)
        let first = (try? ConfigOptions.load(path, changes: changes, registry: tool.registry))?.seed ?? 0
        return choice?.seeds(from: first) ?? [first]
    }

    /// The configuration of a run, from the file that the command line names.
    private func config(_ member: StudyMember, from path: String) throws -> ExperimentConfig {
        try seeded(ConfigOptions.load(path, changes: member.changes, registry: tool.registry), member)
    }

    /// The configuration of a run, from the folder of its sweep.
    private func config(
        _ member: StudyMember, of study: RunStudy, seeded: Bool = true
    ) throws -> ExperimentConfig {
        let config = try RunDirectory(existing: study.url).config(changes: member.changes, registry: tool.registry)
        return seeded ? self.seeded(config, member) : config
    }

    private func seeded(_ config: ExperimentConfig, _ member: StudyMember) -> ExperimentConfig {
        member.number.map { Variation.sweep.config(config, of: $0) } ?? config
    }
}
