import NNLayers

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
