import NNLayers

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
