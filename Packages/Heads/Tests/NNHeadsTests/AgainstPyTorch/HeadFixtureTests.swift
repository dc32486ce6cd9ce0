import Foundation
import NNLayers
@_spi(Testing) import NNTesting
import Testing

@Suite struct HeadFixtureTests {
    static let jpu: ConfigNode = [
        "type": "jpu", "strides": [4, 8, 16], "low_level_stride": 2, "width": 5, "dilations": [1, 2],
        "projection_width": 6, "low_level_width": 3, "fuse_width": 7,
    ]
    static let deepLab: ConfigNode = [
        "type": "deeplabv3plus", "low_level_stride": 2, "rates": [2, 3], "width": 6, "low_level_width": 3, "dropout": 0,
    ]
    static let plainDeepLab: ConfigNode = [
        "type": "deeplabv3plus", "low_level_stride": 2, "rates": [2, 3], "width": 6, "low_level_width": 3, "dropout": 0,
        "separable": false, "image_pooling": false, "projection_kernel": 3,
        "interpolation": "bilinear_align_corners",
    ]
    static let segNet: ConfigNode = ["type": "segnet", "convolutions": [2, 1, 2], "narrows": "first"]
    static let upsample: ConfigNode = [
        "type": "upsample", "convolutions": [2, 1, 2], "widths": [7, 5, 4], "narrows": "first",
    ]
    static let mlp: ConfigNode = [
        "type": "mlp_classifier", "layers": [["width": 7], ["width": 5, "activation": "mish"]],
    ]
    static let fcn: ConfigNode = [
        "type": "fcn", "stride": 8, "convolutions": 2, "width": 5, "concatenates_input": true, "dropout": 0,
    ]
    static let cases = [
        HeadCase(name: "mlp_classifier", config: mlp),
        HeadCase(name: "segnet", config: segNet, infos: HeadCase.pooled),
        HeadCase(name: "segnet_last", config: "segnet", infos: HeadCase.pooled),
        HeadCase(name: "upsample", config: upsample),
        HeadCase(name: "jpu", config: jpu),
        HeadCase(name: "deeplabv3plus", config: deepLab),
        HeadCase(name: "deeplabv3plus_plain", config: plainDeepLab),
        HeadCase(name: "fcn", config: fcn),
        HeadCase(name: "fcn_skips", config: ["type": "fcn", "skip_strides": [8, 4], "dropout": 0]),
        HeadCase(name: "unet", config: ["type": "unet", "interpolation": "bilinear"]),
        HeadCase(name: "pspnet", config: ["type": "pspnet", "stride": 4, "width": 3, "dropout": 0]),
        HeadCase(name: "upernet", config: ["type": "upernet", "bins": [1, 2, 3], "width": 5, "dropout": 0]),
    ]

    @Test(arguments: cases)
    func agreesWithPyTorch(_ fixture: HeadCase) throws {
        let url = try #require(
            Bundle.module.url(forResource: "heads", withExtension: "safetensors", subdirectory: "Fixtures"))
        let head = try head(fixture.config, fixture.infos, classCount: HeadCase.classCount)
        try NetworkFixture(fixture.name, in: url).check(head) { maps, context in
            [head(fixture.features(maps), imageSize: HeadCase.imageSize, context)]
        }
    }
}
