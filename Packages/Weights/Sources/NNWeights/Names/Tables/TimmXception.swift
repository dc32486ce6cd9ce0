extension NameTable {
    static let timmXception = NameTable(
        name: "timm_xception", summary: "Xception of timm, legacy_xception",
        text: """
            batch_norm_epsilon = 1e-5
            conv{n}.*    backbone.conv{n}.*
            bn{n}.*      backbone.bn{n}.*
            block{n}.*   backbone.block{n}.*
            fc.*         head.fc.*
            """)
}
