/// A backbone with a head on it: from images to logits.
public final class Network: Layer {
    @Child public var backbone: any Backbone
    @Child public var head: any Head

    public init(backbone: any Backbone, head: any Head) {
        _backbone = Child(wrappedValue: backbone)
        _head = Child(wrappedValue: head)
    }

    /// Makes logits of images: `[N, classes]`, or `[N, H, W, classes]` for segmentation.
    /// - Parameter images: `[N, H, W, 3]` in any type; calculated in the context's precision.
    public func forward(_ images: Tensor, context: Context) -> Tensor {
        let input = images.cast(to: context.precision.dataType)
        let size = Size(height: images.shape[1], width: images.shape[2])
        return head(backbone(input, context), imageSize: size, context)
    }
}
