import NNLayers

/// Options of the registered backbones and heads that keep tests with all of them short; a name that is not here
/// is built with its defaults.
public enum SmallOptions {
    private static let backbones: [String: ConfigNode] = [
        "mobilenet": ["type": "mobilenet", "width": 0.35],
        "resnet": ["type": "resnet", "depth": 18],
        "resnet_cifar": ["type": "resnet_cifar", "depth": 8],
        "vovnet": ["type": "vovnet", "depth": 19, "slim": true],
        "vgg": ["type": "vgg", "depth": 11],
        "vgg_segnet": ["type": "vgg_segnet", "width": 8],
    ]

    private static let heads: [String: ConfigNode] = [
        "deeplabv3plus": ["type": "deeplabv3plus", "width": 16, "low_level_width": 8],
        "fcn": ["type": "fcn", "width": 16],
        "jpu": ["type": "jpu", "width": 16, "projection_width": 16, "low_level_width": 8, "fuse_width": 16],
        "pspnet": ["type": "pspnet", "width": 16],
        "unet": ["type": "unet", "convolutions": 1],
        "upernet": ["type": "upernet", "width": 16],
    ]

    public static func backbone(_ name: String) -> ConfigNode { backbones[name] ?? ConfigNode(.string(name)) }
    public static func head(_ name: String) -> ConfigNode { heads[name] ?? ConfigNode(.string(name)) }

    /// The registered backbones that take pictures.
    public static func backboneNames(_ registry: Registry) -> [String] {
        registry.names(of: .backbone).filter { $0 != "features" }
    }

    /// Odd, and no multiple of any stride; larger for families that cannot take so small an image.
    public static func imageSize(_ backbone: String) -> Size {
        backbone.hasPrefix("inception") ? Size(height: 97, width: 129) : Size(height: 65, width: 97)
    }
}
