import NNLayers

/// What windows do at the edges of an image in networks that were published without padding.
public enum EdgePadding: String, Sendable, Codable, CaseIterable {
    /// They stay inside, as published: an odd size loses a pixel at each edge.
    case valid
    /// They reach over the edges by half of the kernel, so that maps have the size of the image divided by
    /// their stride and decoders fit them together.
    case same

    /// The zeros around an image for a window of `kernel`, which is odd.
    func insets(kernel: Size) -> EdgeInsets {
        guard self == .same else { return 0 }
        let (rows, columns) = (kernel.height / 2, kernel.width / 2)
        return EdgeInsets(top: rows, bottom: rows, left: columns, right: columns)
    }
}
