import NNDatasets
import NNLayers

/// What a network says of each pixel of a picture.
public struct Segmentation: Sendable {
    /// The part of a picture that one class has.
    public struct ClassArea: Sendable, Codable, Equatable {
        public var index: Int
        public var name: String
        public var pixels: Int
        /// Of the whole picture, from 0 to 1.
        public var share: Double
    }

    /// One channel, in the size of the picture: the class of each pixel.
    public let mask: Image
    private let data: DataDescription

    public init(mask: Image, data: DataDescription) {
        self.mask = mask
        self.data = data
    }

    /// The colour of each class.
    public var colors: [Color] { data.classColors ?? Color.classes(data.classNames.count) }

    /// The classes that occur, the largest first.
    public var areas: [ClassArea] {
        let counts = mask.histogram(channel: 0)
        return counts.indices.filter { counts[$0] > 0 }.sorted { (counts[$1], $0) < (counts[$0], $1) }.map { index in
            ClassArea(
                index: index, name: data.className(index), pixels: counts[index],
                share: Double(counts[index]) / Double(mask.size.area))
        }
    }

    /// The mask as an RGB picture in the colours of the classes.
    public var picture: Image { mask.colored(colors) }

    /// The mask in colours over the picture that it was predicted of.
    public func overlay(on image: Image, opacity: Float = 0.5) -> Image { image.overlaid(picture, opacity: opacity) }

    /// The colours of all classes with their names.
    public static func legend(of data: DataDescription) -> Legend {
        let colors = data.classColors ?? Color.classes(data.classNames.count)
        return Legend(Array(zip(data.classNames, colors)).map { ($0, $1) })
    }
}
