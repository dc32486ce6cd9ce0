/// A backbone and a head: maps images to logits.
///
/// Maps `[N, H, W, C]` to `[N, classes]`, and to `[N, H, W, classes]` for segmentation and other dense tasks.
///
/// An auxiliary head makes the same predictions in training only: its loss brings gradients to the middle of a deep
/// backbone (Szegedy et al. 2015; Zhao et al. 2017).
public final class Network: Layer {
    /// Maps images to feature maps.
    @Child public var backbone: any Backbone
    /// The decoder or classifier.
    @Child public var head: any Head
    /// The auxiliary head; nil without one.
    @Child public var auxiliaryHead: (any Head)?

    /// Creates a network.
    /// - Parameters:
    ///   - backbone: The encoder.
    ///   - head: A head that was built for the features of the backbone.
    ///   - auxiliaryHead: Another one, for training.
    public init(backbone: any Backbone, head: any Head, auxiliaryHead: (any Head)? = nil) {
        self.backbone = backbone
        self.head = head
        self.auxiliaryHead = auxiliaryHead
    }

    /// Creates a network without an auxiliary head.
    public convenience init(_ backbone: any Backbone, _ head: any Head) {
        self.init(backbone: backbone, head: head)
    }

    /// The number of image channels: that of the backbone, or 3 if the backbone receives the luminance.
    public var imageChannels: Int { backbone.inputChannels == 1 ? 3 : backbone.inputChannels }

    /// Calculates logits: `[N, classes]`, or `[N, H, W, classes]` for segmentation.
    /// - Parameters:
    ///   - images: `[N, H, W, 3]` of any type. A backbone of one channel receives their luminance.
    ///   - context: The settings of the forward pass, such as the precision.
    public func forward(_ images: Tensor, context: Context) -> Tensor {
        head(backbone.features(of: images, context), imageSize: imageSize(of: images), context)
    }

    /// Calculates the logits of the head and, in training, of the auxiliary head.
    /// - Returns: Two tensors of the shape that ``forward(_:context:)`` returns; the second is nil in inference and
    ///   without an auxiliary head.
    public func logits(of images: Tensor, _ context: Context) -> (main: Tensor, auxiliary: Tensor?) {
        context.observe(self) {
            let features = backbone.features(of: images, context)
            let size = imageSize(of: images)
            return (
                head(features, imageSize: size, context),
                context.isTraining ? auxiliaryHead?(features, imageSize: size, context) : nil
            )
        }
    }

    private func imageSize(of images: Tensor) -> Size {
        Size(height: images.shape[1], width: images.shape[2])
    }
}
