import NNLayers

/// Modules of one-shot aggregation after a max pool.
final class VoVNetStage: Layer {
    /// How the pool before the modules moves.
    struct Pool {
        /// 2, or 1 where the resolution is kept.
        var stride: Int
        var dilation: Int
        /// Whether windows reach over all edges alike, or over the bottom and right ones only.
        var isPadded: Bool
    }

    @Child var blocks: [OneShotAggregation]
    private let pool: Pool?

    init(pool: Pool?, blocks: [OneShotAggregation]) {
        self.blocks = blocks
        self.pool = pool
    }

    func forward(_ input: Tensor, context: Context) -> Tensor {
        var map = input
        if let pool {
            // A pool that keeps the resolution must be padded, else it would eat the edges.
            let isPadded = pool.isPadded || pool.stride == 1
            map = map.maxPooled(
                kernel: 3, strides: Size(pool.stride), padding: EdgeInsets(isPadded ? pool.dilation : 0),
                dilations: Size(pool.dilation), ceilMode: !isPadded)
        }
        for block in blocks { map = block(map, context) }
        return map
    }
}
