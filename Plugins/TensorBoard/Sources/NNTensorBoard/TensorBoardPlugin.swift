import NNLayers
import NNTraining

/// Registers what writes event files of TensorBoard.
public struct TensorBoardPlugin: Plugin {
    /// `TensorBoard`.
    public let name = "TensorBoard"

    /// The plugin; there is nothing to set.
    public init() {}

    /// Registers the callback `tensorboard`.
    public func register(into registry: Registry) throws {
        try registry.register(
            .callback, "tensorboard", summary: "event files of TensorBoard: scores, images, distributions",
            TensorBoardWriter.Options.self)
    }
}
