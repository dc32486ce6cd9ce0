import NNLayers

/// Which parts of a network are not trained, and from which epoch on they are.
///
/// The patterns are those of `Module.freeze(_:)`. What is frozen in an epoch follows from the number of
/// the epoch alone, so that a run can be resumed anywhere.
///
/// ```swift
/// var options = TrainingOptions()
/// options.freezing = Freezing(["backbone"], releases: [.init(epoch: 3, pattern: "backbone.layer4")])
/// ```
public struct Freezing: Sendable, Hashable {
    /// Something that is trained from an epoch on.
    public struct Release: Sendable, Hashable {
        /// The number of the epoch, from 1.
        public var epoch: Int
        public var pattern: String

        public init(epoch: Int, pattern: String) {
            self.epoch = epoch
            self.pattern = pattern
        }
    }

    /// What is frozen at the beginning.
    public var patterns: [String]
    public var releases: [Release]

    public init(_ patterns: [String] = [], releases: [Release] = []) {
        self.patterns = patterns
        self.releases = releases
    }

    /// Freezes of a network what is frozen in an epoch, and releases what is not any more.
    ///
    /// Whatever no pattern matches stays as it is.
    /// - Parameter epoch: Its number, from 1.
    public func apply(to network: any Module, epoch: Int) {
        for pattern in patterns { network.freeze(pattern) }
        for release in releases where release.epoch <= epoch { network.unfreeze(release.pattern) }
    }

    /// What is trained for the first time in an epoch.
    func patterns(releasedIn epoch: Int) -> [String] { releases.filter { $0.epoch == epoch }.map(\.pattern) }
}

/// What is trained from an epoch on: an element of `training.unfreeze` in a configuration.
public struct UnfreezeConfig: ComponentOptions {
    /// The first epoch that trains it, counted from 1.
    public var epoch = 2
    /// The name of a parameter or module, in which `*` stands for any characters and `?` for one.
    public var pattern: ConfigNode = nil

    public init() {}

    public init(epoch: Int, pattern: String) {
        self.epoch = epoch
        self.pattern = ConfigNode(.string(pattern))
    }

    public func validate() throws {
        if epoch < 2 { throw OptionError("epoch", "must be 2 or more, not \(epoch): in epoch 1 freezing begins") }
        try pattern.requirePattern("pattern")
    }
}

extension ConfigNode {
    /// Refuses what cannot name a part of a network.
    func requirePattern(_ option: String) throws(OptionError) {
        if string?.isEmpty ?? true {
            throw OptionError(
                option, "must be the name of a part of the network, such as backbone or backbone.layer?, not \(self)")
        }
    }
}

extension TrainingConfig {
    /// What is frozen in which epoch.
    public var freezing: Freezing {
        Freezing(
            freeze.compactMap(\.string),
            releases: unfreeze.compactMap { entry in
                entry.pattern.string.map { Freezing.Release(epoch: entry.epoch, pattern: $0) }
            })
    }

    /// Freezes of a network what is not trained at first.
    /// - Throws: `ConfigError` for a pattern that changes nothing, and where nothing is left to train.
    public func freezeParts(of network: any Module) throws(ConfigError) {
        for pattern in freeze where network.freeze(pattern.string ?? "") == 0 {
            throw noMatch(of: pattern, in: network)
        }
        if let first = freeze.first, network.parameterCount.trainable == 0 {
            throw ConfigError(
                "nothing is left to train", remedy: "freeze a part of the network only, such as backbone", at: first)
        }
        for entry in unfreeze.sorted(by: { $0.epoch < $1.epoch }) {
            let frozen = frozenCount(of: network)
            if network.unfreeze(entry.pattern.string ?? "") == 0 { throw noMatch(of: entry.pattern, in: network) }
            if frozenCount(of: network) == frozen {
                throw ConfigError(
                    "nothing that '\(entry.pattern.string ?? "")' matches is frozen in epoch \(entry.epoch)",
                    remedy: "freeze it by 'training.freeze', or leave it out here", at: entry.pattern)
            }
        }
        freezing.apply(to: network, epoch: 1)
    }

    private func frozenCount(of network: any Module) -> Int {
        let tree = ModuleTree(network)
        return tree.parameters.count { !$0.parameter.isTrainable } + tree.buffers.count { !$0.buffer.isTrainable }
    }

    private func noMatch(of pattern: ConfigNode, in network: any Module) -> ConfigError {
        ConfigError(
            "'\(pattern.string ?? "")' matches nothing in the network",
            remedy: PartNames(of: network).remedy(forPattern: pattern.string ?? ""), at: pattern)
    }
}

/// The names of all parts of a network that hold parameters or buffers: `backbone`, `backbone.layer1`, ...
private struct PartNames {
    private let names: [String]

    init(of network: any Module) {
        let tree = ModuleTree(network)
        var names: [String] = []
        var known: Set<String> = []
        for name in tree.parameters.map(\.name) + tree.buffers.map(\.name) {
            var part = ""
            for component in name.split(separator: ".") {
                part = part.isEmpty ? String(component) : "\(part).\(component)"
                if known.insert(part).inserted { names.append(part) }
            }
        }
        self.names = names
    }

    /// Names what a pattern may have been meant to be: a part of this name further inside, or one beside
    /// the first that the network has not.
    func remedy(forPattern pattern: String) -> String {
        if let inner = names.first(where: { $0.hasSuffix(".\(pattern)") }) { return "did you mean '\(inner)'?" }
        var parent = ""
        for component in pattern.split(separator: ".") {
            let part = parent + component
            guard names.contains(part) else { break }
            parent = "\(part)."
        }
        let beside = names.filter { $0.hasPrefix(parent) && !$0.dropFirst(parent.count).contains(".") }
        return NearestName.remedy(pattern, among: beside)
    }
}
