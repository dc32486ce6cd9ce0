/// A backbone with a head on it: from images to logits.
///
/// An auxiliary head predicts the same from the same features, in training only: its loss brings
/// gradients to the middle of a deep backbone (Szegedy et al. 2015; Zhao et al. 2017).
public final class Network: Layer {
    @Child public var backbone: any Backbone
    @Child public var head: any Head
    @Child public var auxiliaryHead: (any Head)?

    public init(backbone: any Backbone, head: any Head, auxiliaryHead: (any Head)? = nil) {
        self.backbone = backbone
        self.head = head
        self.auxiliaryHead = auxiliaryHead
    }

    /// A network without an auxiliary head.
    public convenience init(_ backbone: any Backbone, _ head: any Head) {
        self.init(backbone: backbone, head: head)
    }

    /// The channels of the images that the network takes: those of its backbone, or three where it sees the luminance.
    public var imageChannels: Int { backbone.inputChannels == 1 ? 3 : backbone.inputChannels }

    /// Makes logits of images: `[N, classes]`, or `[N, H, W, classes]` for segmentation.
    /// - Parameter images: `[N, H, W, 3]` in any type; calculated in the context's precision. A backbone of one
    ///   channel sees their luminance.
    public func forward(_ images: Tensor, context: Context) -> Tensor {
        head(backbone.features(of: images, context), imageSize: imageSize(of: images), context)
    }

    /// Makes logits of images by the head, and in training by the auxiliary head.
    /// - Returns: Two tensors in the shape that ``forward(_:context:)`` gives; the second is nil without an
    ///   auxiliary head and in inference.
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
