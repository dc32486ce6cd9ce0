extension NameTable {
    /// The second version, `ese_vovnet...`, also has `residual: true` and `attention: ese`, and `..._dw` has
    /// `separable: true`.
    static let timmVoVNet = NameTable(
        name: "timm_vovnet",
        summary: "VoVNet of timm (stem_stride: 4, concatenates_input: true, pads_pools: false, activation: relu)",
        text: """
            batch_norm_epsilon = 1e-5
            stem.*      backbone.stem.*
            stages.*    backbone.stages.*
            head.fc.*   head.fc.*
            """)
}
