extension NameTable {
    static let torchvisionMobileNetV2 = NameTable(
        name: "torchvision_mobilenet_v2", summary: "MobileNetV2 of torchvision",
        text: """
            batch_norm_epsilon = 1e-5
            features.*     backbone.features.*
            classifier.1.* head.fc.*
            """)
}
