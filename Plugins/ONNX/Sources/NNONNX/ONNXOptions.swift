import NNLayers

/// What a user may say about an ``ONNXExporter``.
public struct ONNXOptions: ComponentOptions {
    /// Whether batch normalizations are multiplied into the convolutions before them.
    public var foldBatchNorm = true
    /// The version of ONNX's operators, from 17 to 21.
    public var opset = 17
    /// Whether the file takes images of any height and width, where the network allows it.
    public var dynamicSize = true
    /// Whether the file takes pixels from 0 to 1 and normalizes them itself.
    public var includeNormalization = false
    /// Whether the file gives probabilities in place of logits: softmax over the classes, or the sigmoid of a
    /// single logit.
    public var probabilities = false

    public init() {}

    public func validate() throws {
        if !(17...21).contains(opset) { throw OptionError("opset", "must be from 17 to 21, not \(opset)") }
    }

    /// The version of the file format that came with the operators.
    var formatVersion: Int64 { opset < 19 ? 8 : opset < 21 ? 9 : 10 }
}
