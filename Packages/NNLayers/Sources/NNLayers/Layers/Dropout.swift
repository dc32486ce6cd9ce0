/// Sets elements to zero at random in training and scales up the others to keep the mean
/// (Srivastava et al. 2014).
public final class Dropout: Layer {
    /// The part of the elements that is dropped.
    public let probability: Float

    public init(probability: Float) {
        require(probability, .fractionBelowOne, "Dropout: the probability")
        self.probability = probability
    }

    public func forward(_ input: Tensor, context: Context) -> Tensor {
        guard context.isTraining, probability > 0 else { return input }
        return input.dropped(probability: probability, key: context.nextRandomKey())
    }
}
