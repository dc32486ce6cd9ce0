@_spi(Text) import NNLayers

/// The parts of a network that are frozen, and the epochs from which on they are trained.
///
/// The patterns are those of `Module.freeze(_:)`. What is frozen depends on the number of the epoch only, so that a
/// run can be resumed anywhere.
///
/// ```swift
/// var options = TrainingOptions()
/// options.freezing = Freezing(["backbone"], releases: [.init(epoch: 3, pattern: "backbone.layer4")])
/// ```
public struct Freezing: Sendable, Hashable {
    /// A part that is trained from some epoch on.
    public struct Release: Sendable, Hashable {
        /// The number of the first epoch that trains it, from 1.
        public var epoch: Int
        /// A pattern that matches the names of parameters or modules.
        public var pattern: String

        /// A part that is trained from an epoch on.
        public init(epoch: Int, pattern: String) {
            self.epoch = epoch
            self.pattern = pattern
        }
    }

    /// The patterns of what is frozen at the beginning.
    public var patterns: [String]
    /// The parts that are trained from some epoch on.
    public var releases: [Release]

    /// Nothing is frozen by default.
    public init(_ patterns: [String] = [], releases: [Release] = []) {
        self.patterns = patterns
        self.releases = releases
    }

    /// Freezes and unfreezes the parts of a network for an epoch.
    ///
    /// Parts that no pattern matches stay as they are.
    /// - Parameters:
    ///   - network: The network.
    ///   - epoch: The number of the epoch, from 1.
    public func apply(to network: any Module, epoch: Int) {
        for pattern in patterns { network.freeze(pattern) }
        for release in releases where release.epoch <= epoch { network.unfreeze(release.pattern) }
    }

    /// The patterns of what is trained for the first time in an epoch.
    func patterns(releasedIn epoch: Int) -> [String] { releases.filter { $0.epoch == epoch }.map(\.pattern) }
}

/// A part that is trained from some epoch on: an element of `training.unfreeze` of a configuration.
public struct UnfreezeConfig: ComponentOptions {
    /// The number of the first epoch that trains it, from 2.
    public var epoch = 2
    /// The name of a parameter or module, in which `*` matches any characters and `?` matches one.
    public var pattern: ConfigNode = nil

    /// The second epoch; the pattern must be given.
    public init() {}

    /// A part that is trained from an epoch on.
    public init(epoch: Int, pattern: String) {
        self.epoch = epoch
        self.pattern = ConfigNode(.string(pattern))
    }

    /// Refuses epochs below 2 and empty patterns.
    public func validate() throws {
        if epoch < 2 { throw OptionError("epoch", "must be 2 or more, not \(epoch): freezing begins in epoch 1") }
        try pattern.requirePattern("pattern")
    }
}

extension ConfigNode {
    /// Refuses a value that cannot be the name of a part of a network.
    func requirePattern(_ option: String) throws(OptionError) {
        if string?.isEmpty ?? true {
            throw OptionError(
                option, "must be the name of a part of the network, such as backbone or backbone.layer?, not \(self)")
        }
    }
}

extension TrainingConfig {
    /// The parts that are frozen, by epoch.
    public var freezing: Freezing {
        Freezing(
            freeze.compactMap(\.string),
            releases: unfreeze.compactMap { entry in
                entry.pattern.string.map { Freezing.Release(epoch: entry.epoch, pattern: $0) }
            })
    }

    /// Freezes the parts of a network that are not trained in the first epoch.
    /// - Throws: `ConfigError` for a pattern without effect, and if nothing is left to train.
    @_spi(Internal) public func freezeParts(of network: any Module) throws(ConfigError) {
        for pattern in freeze where network.freeze(pattern.string ?? "") == 0 {
            throw noMatch(of: pattern, in: network)
        }
        if let first = freeze.first, network.parameterCount.trainable == 0 {
            throw ConfigError(
                "nothing is left to train", remedy: "freeze only a part of the network, such as backbone", at: first)
        }
        for entry in unfreeze.sorted(by: { $0.epoch < $1.epoch }) {
            let frozen = frozenCount(of: network)
            if network.unfreeze(entry.pattern.string ?? "") == 0 { throw noMatch(of: entry.pattern, in: network) }
            if frozenCount(of: network) == frozen {
                throw ConfigError(
                    "nothing that '\(entry.pattern.string ?? "")' matches is frozen in epoch \(entry.epoch)",
                    remedy: "freeze it with 'training.freeze', or leave it out here", at: entry.pattern)
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

/// The names of all parts of a network with parameters or buffers: `backbone`, `backbone.layer1`, ...
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

    /// Suggests what a pattern may have meant: a nested part of the name, or a sibling of the first part that the
    /// network does not have.
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
