extension NameTable {
    /// The published files are older than torchvision's present names, and have a dot in some.
    static let torchvisionDenseNet = NameTable(
        name: "torchvision_densenet", summary: "DenseNet-121 to 201 of torchvision and timm, old names too",
        text: """
            batch_norm_epsilon = 1e-5
            features.denseblock{b}.denselayer{l}.norm.{n}.*   backbone.features.denseblock{b}.denselayer{l}.norm{n}.*
            features.denseblock{b}.denselayer{l}.conv.{n}.*   backbone.features.denseblock{b}.denselayer{l}.conv{n}.*
            features.*                                        backbone.features.*
            classifier.*                                      head.fc.*
            """)
}
