import Foundation
import SwiftProtobuf

/// What plugins of TensorBoard show, each under its tag.
extension Tensorboard_Summary.Value {
    /// A number, as float32.
    static func scalar(_ number: Double, _ tag: String) -> Self {
        var value = Self(tag)
        value.simpleValue = Float(number)
        return value
    }

    /// An image of a PNG file.
    static func image(png: [UInt8], _ tag: String) -> Self {
        var value = Self(tag)
        // The head of a PNG file has both sides in big-endian order, and the kind of its pixels.
        func side(at offset: Int) -> Int32 {
            png.dropFirst(offset).prefix(4).reduce(0) { $0 << 8 | Int32(truncatingIfNeeded: $1) }
        }
        value.image.width = side(at: 16)
        value.image.height = side(at: 20)
        let channels: [UInt8: Int32] = [0: 1, 2: 3, 3: 3, 4: 2, 6: 4]
        value.image.colorspace = png.count > 25 ? channels[png[25]] ?? 3 : 3
        value.image.encodedImageString = Data(png)
        return value
    }

    /// A text in Markdown.
    static func text(_ text: String, _ tag: String) -> Self {
        var value = Self(tag)
        value.metadata.pluginData.pluginName = "text"
        value.tensor.dtype = .dtString
        value.tensor.tensorShape = Tensorboard_TensorShapeProto()
        value.tensor.stringVal = [Data(text.utf8)]
        return value
    }

    /// A distribution.
    static func histogram(_ histogram: ValueHistogram, _ tag: String) -> Self {
        var value = Self(tag)
        value.histo.min = histogram.minimum
        value.histo.max = histogram.maximum
        value.histo.num = Double(histogram.count)
        value.histo.sum = histogram.sum
        value.histo.sumSquares = histogram.sumOfSquares
        value.histo.bucketLimit = histogram.limits
        value.histo.bucket = histogram.counts.map(Double.init)
        return value
    }

    /// What the table of hyperparameters is made of; the tensor is there for form.
    static func hyperparameters(_ data: Tensorboard_HParamsPluginData.OneOf_Data, _ name: String) throws -> Self {
        var value = Self("_hparams_/\(name)")
        var content = Tensorboard_HParamsPluginData()
        content.data = data
        value.metadata.pluginData.pluginName = "hparams"
        value.metadata.pluginData.content = try content.serializedData()
        value.tensor.dtype = .dtFloat
        value.tensor.tensorShape.dim = [Tensorboard_TensorShapeProto.Dim()]
        return value
    }

    private init(_ tag: String) {
        self.init()
        self.tag = tag
    }
}
