import NNBackbones
import NNHeads
import NNLayers
import Testing

@testable import NNWeights

/// Files of torchvision and timm, each by its table.
@Suite struct PyTorchLayoutTests {
    static let cases = [
        LayoutCase(
            file: "torchvision_resnet18", map: "torchvision_resnet", backbone: ["type": "resnet", "depth": 18]),
        LayoutCase(file: "timm_resnet50", map: "torchvision_resnet", backbone: ["type": "resnet", "depth": 50]),
        LayoutCase(
            file: "cifar_resnet20", map: "cifar_resnet",
            backbone: ["type": "resnet_cifar", "depth": 20, "shortcut_padding": "both_sides"]),
        LayoutCase(
            file: "torchvision_vgg11", map: "torchvision_vgg", backbone: ["type": "vgg", "depth": 11],
            leftOut: "classifier."),
        LayoutCase(
            file: "torchvision_vgg13_bn", map: "torchvision_vgg",
            backbone: ["type": "vgg", "depth": 13, "normalization": "batch_norm"], leftOut: "classifier."),
        LayoutCase(
            file: "torchvision_densenet121", map: "torchvision_densenet", backbone: ["type": "densenet"]),
        LayoutCase(
            file: "torchvision_densenet121_old", map: "torchvision_densenet", backbone: ["type": "densenet"]),
        LayoutCase(
            file: "torchvision_mobilenet_v2", map: "torchvision_mobilenet_v2", backbone: ["type": "mobilenet"]),
        LayoutCase(
            file: "timm_mobilenetv2_050", map: "timm_mobilenet_v2", backbone: ["type": "mobilenet", "width": 0.5]),
        LayoutCase(
            file: "timm_mobilenetv1_100", map: "timm_mobilenet_v1", backbone: ["type": "mobilenet", "version": 1]),
        LayoutCase(
            file: "timm_ese_vovnet19b_dw", map: "timm_vovnet",
            backbone: [
                "type": "vovnet", "depth": 19, "separable": true, "stem_stride": 4, "pads_pools": false,
                "concatenates_input": true, "residual": true, "attention": "ese", "activation": "relu",
            ]),
        LayoutCase(
            file: "timm_ese_vovnet39b", map: "timm_vovnet",
            backbone: [
                "type": "vovnet", "depth": 39, "stem_stride": 4, "pads_pools": false, "concatenates_input": true,
                "residual": true, "attention": "ese", "activation": "relu",
            ]),
        LayoutCase(
            file: "timm_vovnet39a", map: "timm_vovnet",
            backbone: [
                "type": "vovnet", "depth": 39, "stem_stride": 4, "pads_pools": false, "concatenates_input": true,
                "activation": "relu",
            ]),
        LayoutCase(file: "timm_legacy_xception", map: "timm_xception", backbone: "xception"),
        LayoutCase(
            file: "torchvision_fcn_resnet50", map: "torchvision_fcn",
            backbone: ["type": "resnet", "depth": 50, "output_stride": 8], head: "fcn",
            auxiliaryHead: ["type": "fcn", "feature": 2]),
    ]

    @Test(arguments: cases)
    func calculatesWhatItsOriginDoes(of layout: LayoutCase) throws { try layout.check() }

    @Test(arguments: cases)
    func findsTheTable(of layout: LayoutCase) throws { try layout.checkDetection() }

    /// A network and a backbone by itself, made and filled without a configuration.
    @Test func loadsAResNetFromSwift() throws {
        let fixture = try LayoutFixture("torchvision_resnet18")
        let formats = [LayoutFixture.Format(fixture: fixture)]
        let backbone = ResNet(depth: 18)
        let network = Network(backbone, Classifier(features: backbone.features, classes: fixture.classCount))
        let report = try network.loadWeights(from: fixture.url, formats: formats)
        #expect(report.plan.mapName == "torchvision_resnet")
        try fixture.check(network)
        let other = ResNet(depth: 18)
        try other.loadWeights(from: fixture.url, names: .torchvisionResNet, formats: formats)
        try fixture.check(other)
        let error = #expect(throws: WeightError.self) {
            try ResNet(depth: 34).loadWeights(from: fixture.url, formats: formats)
        }
        #expect(error?.reason.contains("missing, but needed by the network") == true, "\(error?.reason ?? "")")
    }

    /// With two blocks at each stride.
    @Test func calculatesWhatInceptionResNetDoes() throws {
        try LayoutCase(
            file: "timm_inception_resnet_v2", map: "timm_inception_resnet_v2", backbone: "inception_resnet_v2"
        ).check(InceptionResNetV2(blockCounts: [2, 2, 2]))
    }
}
