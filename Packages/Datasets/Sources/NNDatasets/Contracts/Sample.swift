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
