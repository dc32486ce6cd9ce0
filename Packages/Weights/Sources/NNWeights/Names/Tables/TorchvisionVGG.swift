extension NameTable {
    /// Without the dense layers, whose first sees 7x7 pixels and no mean of them.
    static let torchvisionVGG = NameTable(
        name: "torchvision_vgg", summary: "VGG-11 to 19 of torchvision and timm, without the dense layers",
        text: """
            batch_norm_epsilon = 1e-5
            features.*     backbone.features.*
            classifier.*   -
            pre_logits.*   -
            head.*         -
            """)
}
