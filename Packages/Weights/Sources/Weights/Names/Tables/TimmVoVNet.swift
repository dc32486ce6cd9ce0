extension NameTable {
    /// The options that fit have `stem_stride: 4`, `concatenates_input: true`, `pads_pools: false` and
    /// `activation: relu`; those of the second version, `ese_vovnet...`, also `residual: true` and
    /// `attention: ese`, and those of `..._dw` `separable: true`.
    static let timmVoVNet = NameTable(
        name: "timm_vovnet", summary: "VoVNet of timm, both versions",
        text: """
            batch_norm_epsilon = 1e-5
            stem.*      backbone.stem.*
            stages.*    backbone.stages.*
            head.fc.*   head.fc.*
            """)
}
