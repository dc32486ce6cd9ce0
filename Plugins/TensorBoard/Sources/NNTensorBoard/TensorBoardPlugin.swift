import NNLayers

/// Registers what writes event files of TensorBoard.
public struct TensorBoardPlugin: Plugin {
    /// `TensorBoard`.
    public let name = "TensorBoard"

    /// The plugin; there is nothing to set.
    public init() {}

    /// Registers nothing yet; see `Plugin`.
    public func register(into registry: Registry) throws {}
}
