import NNLayers

/// Keeps a network's maps at an output stride: a stride beyond it is left out, and what follows is dilated
/// instead, so that it sees what it would have seen (Chen et al. 2017, "DeepLab").
struct OutputStride {
    /// What the families of this module can be built with.
    static let choices = [8, 16, 32]

    /// The stride at which maps are kept.
    let limit: Int
    /// The stride of the maps so far.
    private(set) var reached = 1
    /// The dilation of windows over the maps so far.
    private(set) var dilation = 1

    init(_ limit: Int) {
        require(Self.choices.contains(limit), "an output stride of \(limit); there are \(Self.choices)")
        self.limit = limit
    }

    /// Notes a layer that strides, and returns the stride that it may have.
    mutating func apply(_ stride: Int) -> Int {
        if reached * stride > limit {
            dilation *= stride
            return 1
        }
        reached *= stride
        return stride
    }

    /// Refuses what is not one of ``choices``.
    /// - Throws: `OptionError`
    static func check(_ value: Int) throws {
        if !choices.contains(value) {
            throw OptionError("output_stride", "must be 8, 16 or 32, not \(value)")
        }
    }
}
