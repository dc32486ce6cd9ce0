/// The table of names of published files of one origin.
struct NameTable {
    /// What a configuration writes.
    let name: String
    /// One line for people, with the options of the backbone that fit where no shape tells.
    let summary: String
    /// See ``NameMap``.
    let text: String

    /// Every table of this module.
    static let all = [
        cifarResNet, kerasDenseNet, kerasInceptionResNetV2, kerasMobileNetV1, kerasMobileNetV2, kerasResNet, kerasVGG16,
        kerasVGG19, kerasXception, timmInceptionResNetV2, timmMobileNetV1, timmMobileNetV2, timmVoVNet, timmXception,
        torchvisionDenseNet, torchvisionFCN, torchvisionMobileNetV2, torchvisionResNet, torchvisionVGG,
    ]
}
