import NNLayers

/// A feature pyramid on top of pyramid pooling: coarse maps are added to finer ones, and all are joined at the size of
/// the finest (Xiao et al. 2018); named as in MMSegmentation.
public final class UPerNet: Head {
    public let task = PredictionTask.segmentation

    @Child("") var pyramid: PyramidPooling
    @Child("lateral_convs") var laterals: [ConvNormActivation]
    @Child("fpn_convs") var smoothing: [ConvNormActivation]
    @Child("fpn_bottleneck") var fuse: ConvNormActivation
    @Child("") var classifier: PixelClassifier

    /// The indices of the features, from fine to coarse.
    private let indices: [Int]
    private let interpolation: Interpolation

    /// A decoder for the features of a backbone; traps where it does not fit them.
    /// - Parameters:
    ///   - features: The features of the backbone, from fine to coarse.
    ///   - classes: The number of classes.
    ///   - strides: The strides of the features that are joined; by default all of them.
    ///   - bins: The number of regions along each axis, one for each level of the pyramid pooling.
    ///   - width: The channels of every map.
    ///   - interpolation: How maps and logits are resized.
    ///   - dropout: The fraction of the last map that training drops.
    ///   - style: The settings of the convolutions but the last.
    public convenience init(
        features: [FeatureInfo], classes: Int, strides: [Int]? = nil, bins: [Int] = [1, 2, 3, 6], width: Int = 512,
        interpolation: Interpolation = .bilinear, dropout: Float = 0.1, style: ConvolutionStyle = ConvolutionStyle()
    ) {
        var options = Options()
        options.strides = strides
        options.bins = bins
        options.width = width
        options.interpolation = interpolation
        options.dropout = dropout
        let environment = HeadEnvironment(features: features, classCount: classes)
        self.init(
            options, indices: requireOptions("UPerNet") { try options.indices(in: environment) }, in: environment,
            style: style)
    }

    private init(_ options: Options, indices: [Int], in environment: HeadEnvironment, style: ConvolutionStyle) {
        self.indices = indices
        interpolation = options.interpolation
        let channels = indices.map { environment.features[$0].channels }
        let width = options.width
        pyramid = PyramidPooling(
            inputChannels: channels[channels.count - 1], bins: options.bins, width: width,
            interpolation: interpolation, style: style)
        laterals = channels.dropLast().map { style.block(from: $0, to: width, kernel: 1) }
        smoothing = channels.dropLast().map { _ in style.block(from: width, to: width, kernel: 3) }
        fuse = style.block(from: channels.count * width, to: width, kernel: 3)
        classifier = PixelClassifier(
            inputChannels: width, classes: environment.classCount, dropout: options.dropout,
            interpolation: interpolation)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        var maps = zip(laterals, indices).map { $0(features[$1].map, context) }
        maps.append(pyramid(features[indices[indices.count - 1]].map, context))
        for level in maps.indices.dropLast().reversed() {
            maps[level] = maps[level] + maps[level + 1].resized(like: maps[level], by: interpolation)
        }
        let smoothed = zip(smoothing, maps).map { $0($1, context) } + maps.suffix(1)
        let joined = Tensor.concatenated(smoothed.map { $0.resized(like: maps[0], by: interpolation) }, axis: 3)
        return classifier(fuse(joined, context), imageSize: imageSize, context)
    }
}

extension UPerNet {
    /// Options of ``UPerNet``.
    struct Options: BuildableOptions, ConvolutionOptions {
        /// The strides of the features that are joined; by default all of them.
        var strides: [Int]?
        /// The number of regions along each axis, one for each level of the pyramid pooling.
        var bins = [1, 2, 3, 6]
        /// The channels of every map.
        var width = 512
        /// How maps and logits are resized.
        var interpolation = Interpolation.bilinear
        /// The fraction of the last map that training drops.
        var dropout: Float = 0.1
        /// The normalization after each convolution but the last, a component of kind `normalization`.
        var normalization: ConfigNode = "batch_norm"
        /// The activation after each normalization, a component of kind `activation`.
        var activation: ConfigNode = "relu"
        /// The initializer of the weights, a component of kind `initializer`.
        var initializer: ConfigNode = "he_normal"

        /// The defaults.
        init() {}

        func validate() throws {
            if let strides { try check("strides", each: strides, .size) }
            try check("bins", each: bins, .size)
            try check("width", width, .size)
            try check("dropout", dropout, .fractionBelowOne)
        }

        func build(_ environment: HeadEnvironment, in registry: Registry) throws -> any Head {
            UPerNet(self, indices: try indices(in: environment), in: environment, style: try style(in: registry))
        }

        /// The indices of the features that are joined, from fine to coarse.
        /// - Throws: ``OptionError`` for invalid options and missing features.
        fileprivate func indices(in environment: HeadEnvironment) throws -> [Int] {
            try validate()
            let coarsest = try environment.indexOfCoarsest(for: "upernet")
            guard let strides else { return Array(0...coarsest) }
            return try environment.indices(ofStrides: strides.sorted(), for: "upernet")
        }
    }
}
