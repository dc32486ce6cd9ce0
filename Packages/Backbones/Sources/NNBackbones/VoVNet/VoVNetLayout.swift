/// How wide and how deep a ``VoVNet`` is.
public struct VoVNetLayout: Hashable, Sendable {
    /// Modules of one size.
    public struct Stage: Hashable, Sendable {
        /// The number of modules.
        public var moduleCount: Int
        /// The channels of each 3x3 convolution.
        public var width: Int
        /// The channels that a module gives.
        public var channels: Int

        public init(moduleCount: Int, width: Int, channels: Int) {
            self.moduleCount = moduleCount
            self.width = width
            self.channels = channels
        }
    }

    /// The channels of the three convolutions at the start.
    public var stem: [Int]
    /// From fine to coarse.
    public var stages: [Stage]
    /// The number of 3x3 convolutions in a module.
    public var convolutionCount: Int

    public init(stem: [Int] = [64, 64, 128], stages: [Stage], convolutionCount: Int = 5) {
        self.stem = stem
        self.stages = stages
        self.convolutionCount = convolutionCount
    }

    /// The depths of the published networks, of full width or slim.
    public static func depths(slim: Bool) -> [Int] { slim ? [19, 27] : [19, 39, 57, 99] }

    /// The layout of a published network (Lee et al. 2019; Lee and Park 2020); nil where there is none.
    public init?(depth: Int, slim: Bool = false) {
        guard Self.depths(slim: slim).contains(depth) else { return nil }
        let moduleCounts: [Int] =
            switch depth {
            case 39: [1, 1, 2, 2]
            case 57: [1, 1, 4, 3]
            case 99: [1, 3, 9, 3]
            default: [1, 1, 1, 1]
            }
        // The slim network of 19 layers, which is the later one, is narrower in its first stage.
        let slimChannels = [depth == 19 ? 112 : 128, 256, 384, 512]
        let widths = slim ? [64, 80, 96, 112] : [128, 160, 192, 224]
        let channels = slim ? slimChannels : [256, 512, 768, 1024]
        self.init(
            stages: moduleCounts.indices.map {
                Stage(moduleCount: moduleCounts[$0], width: widths[$0], channels: channels[$0])
            },
            convolutionCount: depth == 19 ? 3 : 5)
    }
}
