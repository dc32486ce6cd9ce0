import NNLayers

/// One picture with what is to be learned of it.
public struct Sample: Sendable {
    public var image: Image
    public var target: Target
    /// The file that it comes from, or what else errors shall call it.
    public let name: String

    public init(image: Image, target: Target, name: String) {
        self.image = image
        self.target = target
        self.name = name
    }
}

/// What is to be learned of a picture.
public enum Target: Hashable, Sendable {
    /// The class of the whole picture.
    case label(Int)
    /// The class of each pixel: one channel, in the size of the picture.
    case mask(Image)
}

extension Sample {
    /// The sample with the picture, and the mask where there is one, changed.
    func mapImages(_ change: (Image) -> Image, mask changeMask: (Image) -> Image) -> Sample {
        var result = self
        result.image = change(image)
        if case .mask(let mask) = target { result.target = .mask(changeMask(mask)) }
        return result
    }

    /// The sample with the picture, and the mask where there is one, changed alike.
    func mapImages(_ change: (Image) -> Image) -> Sample { mapImages(change, mask: change) }

    /// The sample in another size, the mask by nearest pixels.
    func resized(to size: Size) -> Sample {
        mapImages {
            $0.resized(to: size)
        } mask: {
            $0.resized(to: size, interpolation: .nearest)
        }
    }

    /// The sample in another size, which follows from that of the picture.
    /// - Throws: ``ImageError`` with the remedy where that is more than a picture can have.
    func resized(to size: Size, orElse remedy: String) throws(ImageError) -> Sample {
        try requirePossible(size, remedy: remedy)
        return resized(to: size)
    }

    /// Refuses a new size that is more than a picture can have.
    func requirePossible(_ size: Size, remedy: String) throws(ImageError) {
        guard size.area <= Image.maximumPixelCount else {
            throw ImageError(file: name, reason: "its \(image.size) pixels would become \(size)", remedy: remedy)
        }
    }

    /// A part of the sample.
    func cropped(top: Int, left: Int, size: Size) -> Sample {
        mapImages { $0.cropped(top: top, left: left, size: size) }
    }

    /// Refuses a picture in which a crop does not find room.
    func requireRoom(for crop: Size, remedy: String) throws(ImageError) {
        guard image.height >= crop.height, image.width >= crop.width else {
            throw ImageError(
                file: name, reason: "the image of \(image.size) pixels is smaller than the crop of \(crop)",
                remedy: remedy)
        }
    }
}

/// What pixels are that a transform adds to samples.
struct NewPixels: Hashable, Sendable {
    /// The value in every channel of the picture.
    var fill: UInt8
    /// The label in the mask; nil where there are no masks or nothing is to be ignored.
    var label: UInt8?
}

extension Sample {
    /// The sample with new pixels around it.
    /// - Throws: ``ImageError`` where a mask needs a label for them and there is none.
    func padded(_ insets: EdgeInsets, with new: NewPixels) throws(ImageError) -> Sample {
        if insets == 0 { return self }
        let label = try label(of: new)
        return mapImages {
            $0.padded(insets, value: new.fill)
        } mask: {
            $0.padded(insets, value: label)
        }
    }

    /// The sample with new pixels where it is smaller than a size: at the bottom and right, or all around.
    func padded(toFill size: Size, isCentered: Bool = false, with new: NewPixels) throws(ImageError) -> Sample {
        let rows = max(size.height - image.height, 0)
        let columns = max(size.width - image.width, 0)
        let (top, left) = isCentered ? (rows / 2, columns / 2) : (0, 0)
        return try padded(
            EdgeInsets(top: top, bottom: rows - top, left: left, right: columns - left), with: new)
    }

    /// The sample as seen through a map, the mask by nearest pixels.
    func warped(by map: AffineMap, with new: NewPixels) throws(ImageError) -> Sample {
        let label = try label(of: new)
        return mapImages {
            $0.warped(by: map, interpolation: .bilinear, fill: new.fill)
        } mask: {
            $0.warped(by: map, interpolation: .nearest, fill: label)
        }
    }

    private func label(of new: NewPixels) throws(ImageError) -> UInt8 {
        if case .mask = target, new.label == nil {
            throw ImageError(
                file: name, reason: "pixels must be added to its mask, and the data set has no ignore index for them",
                remedy: "Give the data set an 'ignore_index', or use a transform that adds none")
        }
        return new.label ?? 0
    }
}
