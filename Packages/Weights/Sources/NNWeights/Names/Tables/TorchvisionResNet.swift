extension NameTable {
    static let torchvisionResNet = NameTable(
        name: "torchvision_resnet", summary: "ResNet-18 to 152 of torchvision and timm",
        text: """
            batch_norm_epsilon = 1e-5
            conv1.*      backbone.conv1.*
            bn1.*        backbone.bn1.*
            layer{g}.*   backbone.layer{g}.*
            fc.*         head.fc.*
            """)
}
