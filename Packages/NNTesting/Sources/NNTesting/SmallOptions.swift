import NNLayers

/// Options of the backbones and heads of nnkit that keep tests with all of them short. Other components have their
/// defaults.
@_spi(Testing) public enum SmallOptions {
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

    /// Returns the configuration of a small backbone of a registered name.
    public static func backbone(_ name: String) -> ConfigNode { backbones[name] ?? ConfigNode(.string(name)) }
    /// Returns the configuration of a small head of a registered name.
    public static func head(_ name: String) -> ConfigNode { heads[name] ?? ConfigNode(.string(name)) }

    /// Returns the names of the registered backbones that take images.
    public static func backboneNames(_ registry: Registry) -> [String] {
        registry.names(of: .backbone).filter { $0 != "features" }
    }

    /// Returns an image size for a backbone: odd, and no multiple of any stride; larger for families that need it.
    public static func imageSize(_ backbone: String) -> Size {
        backbone.hasPrefix("inception") ? Size(height: 97, width: 129) : Size(height: 65, width: 97)
    }
}
