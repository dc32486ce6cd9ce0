import NNLayers

/// Tiling and test-time augmentation of predictions, for a ``Predictor`` and an ``Evaluator``.
public struct InferenceOptions: Sendable, Equatable {
    /// How large images are divided into windows.
    public enum Tiling: Sendable, Equatable {
        /// Images of more than 2048 x 2048 pixels are divided into windows of 1024.
        case automatic
        /// Every image is predicted as a whole.
        case never
        /// Every image is divided into windows of one size.
        case windows(Window)
    }

    /// The size and overlap of the windows.
    public struct Window: Sendable, Equatable {
        /// The height and width in pixels.
        public var size: Size
        /// The number of pixels that neighbouring windows share; nil for a quarter of the shorter side.
        public var overlap: Int?

        /// A window with an overlap of a quarter by default.
        public init(size: Size, overlap: Int? = nil) {
            self.size = size
            self.overlap = overlap
        }

        /// The check that every use of a window has in common.
        func check() throws(OptionError) {
            try OptionError.check("window.height", size.height, .size)
            try OptionError.check("window.width", size.width, .size)
            let side = min(size.height, size.width)
            if let overlap, !(0..<side).contains(overlap) {
                throw OptionError("overlap", "must be 0 or more and less than the sides of the window, not \(overlap)")
            }
        }
    }

    /// How large images are divided into windows.
    public var tiling = Tiling.automatic
    /// The scales whose predictions are averaged.
    public var scales: [Float] = [1]
    /// Whether the predictions of the horizontally flipped image are averaged in.
    public var flips = false

    /// One scale without flips, and windows for very large images only.
    public init() {}

    /// The size with the most pixels that is predicted as a whole, 2048 · 2048: the activations of larger images can
    /// exhaust the memory.
    @_spi(Internal) public static let largestWhole = Size(2048)
    /// The windows of larger images, of 1024 · 1024 pixels.
    @_spi(Internal) public static let automaticWindow = Window(size: Size(1024))

    /// The windows for an image; nil to predict it as a whole.
    func window(for size: Size) -> Window? {
        switch tiling {
        case .never: nil
        case .automatic: size.area > Self.largestWhole.area ? Self.automaticWindow : nil
        case .windows(let window): window
        }
    }

    /// Checks the tiling and the scales.
    /// - Throws: `OptionError`.
    public func validate() throws(OptionError) {
        if case .windows(let window) = tiling { try window.check() }
        try Self.check(scales: scales)
    }

    static func check(scales: [Float]) throws(OptionError) {
        if scales.isEmpty { throw OptionError("scales", "must be one or more numbers") }
        for scale in scales where !(scale > 0 && scale <= 8) {
            throw OptionError("scales", "must be above 0 and up to 8, not \(scale)")
        }
    }

    /// The network with test-time augmentation, without windows.
    func augmented(_ network: any Layer) -> any Layer {
        flips || scales != [1] ? TestTimeAugmentation(network, scales: scales, flips: flips) : network
    }
}
