import NNLayers

/// How carefully images are looked at when they are predicted.
public struct InferenceOptions: Sendable, Equatable {
    /// How large images are divided.
    public enum Tiling: Sendable, Equatable {
        /// Images of more than ``InferenceOptions/largestWhole`` pixels are divided into windows of 1024.
        case automatic
        /// Every image is seen as a whole.
        case never
        case windows(Window)
    }

    /// The parts that large images are divided into.
    public struct Window: Sendable, Equatable {
        public var size: Size
        /// How many pixels neighbours share; nil for a quarter of the shorter side.
        public var overlap: Int?

        public init(size: Size, overlap: Int? = nil) {
            self.size = size
            self.overlap = overlap
        }
    }

    public var tiling = Tiling.automatic
    /// The factors by which images are also scaled.
    public var scales: [Float] = [1]
    /// Whether images are also seen with left and right exchanged.
    public var flips = false

    public init() {}

    /// 2048 · 2048: the activations of a larger image can exhaust a machine.
    public static let largestWhole = 1 << 22
    static let automaticWindow = Window(size: Size(1024))

    /// The windows for an image; nil to see it as a whole.
    func window(for size: Size) -> Window? {
        switch tiling {
        case .never: nil
        case .automatic: size.area > Self.largestWhole ? Self.automaticWindow : nil
        case .windows(let window): window
        }
    }

    /// The network with the augmentations, without windows.
    func augmented(_ network: any Layer) -> any Layer {
        flips || scales != [1] ? TestTimeAugmentation(network, scales: scales, flips: flips) : network
    }

    /// The network that an ``Evaluator`` is to use.
    public func applied(to network: any Layer) -> any Layer {
        let augmented = augmented(network)
        guard case .windows(let window) = tiling else { return augmented }
        return SlidingWindow(augmented, window: window.size, overlap: window.overlap)
    }
}
