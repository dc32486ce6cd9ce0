import NNLayers

/// The order in which a file stores the dimensions of a tensor.
public enum WeightLayout: String, Sendable, CaseIterable {
    /// The order of this library: convolutions `[O, I / groups, KH, KW]`, dense layers `[O, I]`.
    case asIs = "as_is"
    /// Convolutions `[KH, KW, I, O]`, as in TensorFlow and Keras.
    case hwio
    /// Depthwise convolutions `[KH, KW, C, M]`, which become `[C · M, 1, KH, KW]`.
    case depthwiseHWIO = "depthwise_hwio"
    /// Dense layers `[I, O]`.
    case io
    /// Dense layers stored as 1x1 convolutions, `[1, 1, I, O]`.
    case denseHWIO = "dense_hwio"

    /// The shape of a stored tensor in the order of this library; nil if it cannot have this layout.
    public func shape(of stored: Shape) -> Shape? {
        switch (self, stored.rank) {
        case (.asIs, _): stored
        case (.hwio, 4): [stored[3], stored[2], stored[0], stored[1]]
        case (.depthwiseHWIO, 4): [stored[2] * stored[3], 1, stored[0], stored[1]]
        case (.io, 2): [stored[1], stored[0]]
        case (.denseHWIO, 4) where stored[0] == 1 && stored[1] == 1: [stored[3], stored[2]]
        default: nil
        }
    }

    /// The tensor with its dimensions in the order of this library. Traps for a shape without ``shape(of:)``.
    public func converted(_ tensor: Tensor) -> Tensor {
        guard let shape = shape(of: tensor.shape) else {
            trap("WeightLayout.\(self): a tensor \(tensor.shape) cannot have this layout")
        }
        return switch self {
        case .asIs: tensor
        case .hwio: tensor.transposed([3, 2, 0, 1])
        case .depthwiseHWIO: tensor.transposed([2, 3, 0, 1]).reshaped(shape)
        case .io: tensor.transposed([1, 0])
        case .denseHWIO: tensor.transposed([3, 2, 0, 1]).reshaped(shape)
        }
    }

    /// The tensor with its dimensions in the order of the file, the inverse of ``converted(_:)``; nil if it cannot have
    /// this layout.
    public func restored(_ tensor: Tensor) -> Tensor? {
        switch (self, tensor.rank) {
        case (.asIs, _): tensor
        case (.hwio, 4): tensor.transposed([2, 3, 1, 0])
        // One filter for each channel: with several, the number of channels would be needed to separate them.
        case (.depthwiseHWIO, 4) where tensor.shape[1] == 1: tensor.transposed([2, 3, 0, 1])
        case (.io, 2): tensor.transposed([1, 0])
        case (.denseHWIO, 2): tensor.transposed([1, 0]).reshaped([1, 1, tensor.shape[1], tensor.shape[0]])
        default: nil
        }
    }
}
