extension NameTable {
    static let cifarResNet = NameTable(
        name: "cifar_resnet",
        summary: "ResNet of 6n + 2 layers of PyTorch's usual ports (shortcut_padding: both_sides)",
        text: """
            batch_norm_epsilon = 1e-5
            conv1.*      backbone.conv1.*
            bn1.*        backbone.bn1.*
            layer{g}.*   backbone.layer{g}.*
            linear.*     head.fc.*
            fc.*         head.fc.*
            """)
}
