import Foundation
@_spi(Internal) import NNDatasets
import NNLayers

/// What all ranks must have alike, to train one network: compared before training, so that a difference is one message and
/// not a wrong network.
@_spi(Internal) public struct RankAgreement {
    /// Something that is compared.
    private struct Fact: Codable {
        let name: String
        let text: String
        let remedy: String
    }

    private var facts: [Fact] = []

    /// Nothing to compare yet.
    public init() {}

    /// Adds a text to compare.
    /// - Parameters:
    ///   - name: What it is, as in "has another configuration".
    ///   - text: The same on all ranks; the first line that differs is shown.
    ///   - remedy: What to do about a difference.
    public mutating func add(_ name: String, _ text: String, remedy: String) {
        facts.append(Fact(name: name, text: text, remedy: remedy))
    }

    /// Compares with the other ranks.
    /// - Throws: ``TrainingError`` on all ranks for a difference, or ``ProcessGroupError``.
    public func check(_ group: any ProcessGroup) throws {
        let all = try group.gather(Array(JSONEncoder().encode(facts)))
            .map { try JSONDecoder().decode([Fact].self, from: Data($0)) }
        for index in facts.indices {
            let expected = all[0][index]
            guard let rank = all.firstIndex(where: { $0[index].text != expected.text }) else { continue }
            let (mine, other) = Self.difference(all[rank][index].text, expected.text)
            throw TrainingError(
                "\(group.name(of: rank)) has another \(expected.name) than \(group.name(of: 0)): \(mine) instead of "
                    + other, remedy: expected.remedy)
        }
    }

    /// The first lines that differ.
    private static func difference(_ one: String, _ other: String) -> (String, String) {
        let lines = one.split(separator: "\n", omittingEmptySubsequences: false)
        let others = other.split(separator: "\n", omittingEmptySubsequences: false)
        let index = zip(lines, others).prefix { $0 == $1 }.count
        func text(_ lines: [Substring]) -> String {
            index < lines.count ? "'\(lines[index].trimmingCharacters(in: .whitespaces).prefix(120))'" : "nothing"
        }
        return (text(lines), text(others))
    }
}

extension Experiment {
    /// Adds the configuration, and what calculates.
    /// - Parameter version: The version of the program.
    @_spi(Internal) public func describe(to agreement: inout RankAgreement, version: String) {
        agreement.add("version of nnkit", version, remedy: "install the same version everywhere")
        agreement.add(
            "configuration", YAMLWriter.write(config.node),
            remedy: "start all ranks with the same file and the same options")
        agreement.add(
            "library that calculates", Engine.backends.map { "\($0.name): \($0.details)" }.joined(separator: "\n"),
            remedy: "use machines with the same libraries and instruction sets, or choose backends by NN_BACKENDS")
    }
}

extension Trainer {
    /// Adds the state that training begins with, and the data.
    @_spi(Internal) public func describe(to agreement: inout RankAgreement, of experiment: Experiment) throws {
        let data = try experiment.trainingSplits.map { split in
            try "\(split.rawValue) \(DataFingerprint(contentOf: experiment.dataset(split, keepsSamples: false)).text)"
        }
        agreement.add("data", data.joined(separator: "\n"), remedy: "copy the same files to all machines")
        var hash = ContentHash()
        for (name, parameter) in tree.parameters {
            hash.add("\(name) \(parameter.isTrainable)")
            parameter.value.withUnsafeBytes { hash.add($0) }
        }
        for (name, tensor) in optimizer.savedState.tensors.sorted(by: { $0.key < $1.key }) {
            hash.add(name)
            tensor.withUnsafeBytes { hash.add($0) }
        }
        agreement.add(
            "network to begin with", "step \(progress.step)\n\(hash.text)",
            remedy: "use the same files of weights and checkpoints on all machines")
    }

    /// What a person should know of training with several processes, before it begins.
    /// - Parameter configured: The learning rate of the configuration.
    @_spi(Internal) public func noteOfRanks(learningRate: Double) -> String? {
        guard let ranks else { return nil }
        let (count, size) = (ranks.group.count, training.batchSize)
        let machines = Set(ranks.group.hosts).count
        return
            "\(count) ranks on \(machines == 1 ? "one machine" : "\(machines) machines"), \(size) images each: batches of "
            + "\(count * size). The learning rate is as configured, \(learningRate); for \(count) times the batch many "
            + "multiply it by \(count), after a warm-up (Goyal et al. 2017)"
    }
}
