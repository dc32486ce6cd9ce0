import NNLayers

/// How weights that do not have the shape of their place are made to fit.
public enum WeightAdaptation: Sendable, Hashable {
    /// The filters of a first convolution, made for another number of image channels than three: summed to one, or
    /// repeated and scaled so that their results stay as large, as timm does.
    case inputChannels(Int)

    /// - Parameter shape: What there is: `[O, 3, KH, KW]`.
    init?(from shape: Shape, to slot: WeightSlot) {
        guard shape.rank == 4, slot.shape.rank == 4, shape[1] == 3, slot.shape[1] != 3, slot.shape[0] == shape[0],
            slot.shape[2] == shape[2], slot.shape[3] == shape[3], slot.name.hasPrefix("backbone.")
        else { return nil }
        self = .inputChannels(slot.shape[1])
    }

    /// The weights for the place.
    /// - Parameter weight: `[O, 3, KH, KW]`
    public func applied(to weight: Tensor) -> Tensor {
        switch self {
        case .inputChannels(let count):
            if count == 1 { return weight.sum(axes: [1], keepsDimensions: true) }
            let copies = [Tensor](repeating: weight, count: (count + 2) / 3)
            let repeated = Tensor.concatenated(copies, axis: 1).slice(axis: 1, range: 0..<count)
            return repeated * (3 / Float(count))
        }
    }
}
