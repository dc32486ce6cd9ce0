import NNLayers

/// A change of samples, such as a crop or a flip, before they become part of a batch.
///
/// What it draws of `random` is all that it may differ by: the same sample in the same epoch of the
/// same seed is changed alike on any thread and after any interruption, and in another way where a
/// sampler draws it once more. A mask is moved with its
/// picture, and its class indices are never blended.
///
/// ```swift
/// struct Grey: Transform, ComponentOptions {
///     func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample { ... }
/// }
/// try registry.register(.transform, "grey", summary: "No colours", options: Grey.self) { grey, _ in grey }
/// ```
public protocol Transform: Sendable {
    /// Whether all of a picture is still to be seen afterwards, and nothing has gone to another side of it; false
    /// for crops, mirroring and rotation.
    var keepsPlaces: Bool { get }

    /// Changes one sample.
    /// - Throws: ``ImageError`` where it cannot be done with this image.
    func callAsFunction(_ sample: Sample, random: inout RandomGenerator) throws -> Sample
}

extension Transform {
    public var keepsPlaces: Bool { true }
}

/// What a transform must know of the data.
public struct TransformEnvironment: Sendable {
    public var task: PredictionTask
    /// The label of pixels that do not count, which new pixels around a mask get.
    public var ignoreIndex: Int?

    public init(task: PredictionTask, ignoreIndex: Int? = nil) {
        self.task = task
        self.ignoreIndex = ignoreIndex
    }
}

extension ComponentKind<TransformEnvironment, any Transform> {
    /// Changes of samples.
    public static var transform: Self { Self("transform") }
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
