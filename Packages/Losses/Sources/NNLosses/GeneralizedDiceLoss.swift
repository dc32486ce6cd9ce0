import NNLayers

/// 1 - the generalized Dice coefficient of softmax and labels, to which a class adds the more the rarer it is
/// (Sudre et al. 2017).
///
/// For each picture, with intersection I, prediction P and label L of each class as sums over pixels, the
/// coefficient is 2 Σ w I / Σ w (P + L), where w = 1 / L². A class that is absent from the picture, for which
/// that would be infinite, has the weight of the rarest class that is present: what is predicted of it costs as
/// much as what is wrongly predicted of that one. A picture without labels counts nothing. The loss is the
/// mean over the others; images, of which each is one prediction, are taken as the pixels of one picture.
public final class GeneralizedDiceLoss: Loss, ClassWeighted {
    public let classWeights: [Float]?
    /// The label of what does not count.
    public let ignoreIndex: Int?
    private let weights: Tensor?

    /// - Parameter classWeights: Factors of w, one for each class.
    public init(classWeights: [Float]? = nil, ignoreIndex: Int? = nil) {
        requireOptions("GeneralizedDiceLoss") { try ClassWeights.check(classWeights) }
        self.classWeights = classWeights
        self.ignoreIndex = ignoreIndex
        weights = classWeights.map { Tensor($0) }
    }

    public func callAsFunction(_ logits: Tensor, labels: Tensor) -> Tensor {
        ClassWeights.requireCount(of: weights, for: logits, loss: "GeneralizedDiceLoss")
        let areas = SoftAreas(logits, labels: labels, ignoreIndex: ignoreIndex)
        let isPresent = areas.labels.isGreater(than: 0)
        let rarest = Tensor.select(isPresent, areas.labels, Tensor(scalar: Float.infinity))
            .min(axes: [1], keepsDimensions: true)
        // Relative to the rarest class, so that 1 / L² does not leave the range of float32.
        var shares = Tensor.select(isPresent, (rarest / areas.labels).squared(), Tensor(scalar: 1 as Float))
        if let weights { shares = shares * weights }
        func sum(_ values: Tensor) -> Tensor { (values * shares).sum(axes: [1], keepsDimensions: true) }
        let total = maximum(
            sum(areas.predictions + areas.labels), Tensor(scalar: Float.leastNormalMagnitude))
        return SoftAreas.mean(1 - 2 * sum(areas.intersections) / total, counted: areas.counted)
    }
}

/// What a configuration may say about ``GeneralizedDiceLoss``.
public struct GeneralizedDiceLossOptions: ComponentOptions {
    /// Factors of the weights that follow from the areas; by default 1.
    public var classWeights: ClassWeights?

    public init() {}

    public func validate() throws { try classWeights?.validate() }
}

extension GeneralizedDiceLoss {
    /// The loss that options describe.
    /// - Throws: `OptionError` unless there is a weight for each class.
    public convenience init(_ options: GeneralizedDiceLossOptions, _ environment: LossEnvironment) throws {
        self.init(
            classWeights: try options.classWeights?.resolved(for: environment),
            ignoreIndex: environment.ignoreIndex)
    }
}
