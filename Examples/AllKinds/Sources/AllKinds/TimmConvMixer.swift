import NNLayers
import NNWeights

/// The names of timm's ConvMixer; its classifier goes to a head with a dense layer named `fc`.
public struct TimmConvMixer: BuildableOptions {
    /// A map without options.
    public init() {}

    public func build(_: Void, in registry: Registry) throws -> NameMap {
        try NameMap(
            """
            batch_norm_epsilon = 1e-5
            stem.*      backbone.stem.*
            blocks.*    backbone.blocks.*
            head.*      head.fc.*
            """)
    }
}
