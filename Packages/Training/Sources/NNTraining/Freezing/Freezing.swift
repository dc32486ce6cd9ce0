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
