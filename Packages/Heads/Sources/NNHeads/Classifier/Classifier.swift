import NNLayers

/// One class for each image: the mean of the coarsest feature over all pixels, dropout, and a dense
/// layer that is named `fc`.
public final class Classifier: Head {
    public let task = PredictionTask.classification

    @Child var pool: GlobalAveragePool
    @Child var dropout: Dropout
    @Child("fc") var dense: Linear

    /// - Parameter dropout: The part of the pooled features that training drops.
    public init(inputChannels: Int, classCount: Int, dropout: Float = 0) {
        pool = GlobalAveragePool()
        self.dropout = Dropout(probability: dropout)
        dense = Linear(inputFeatures: inputChannels, outputFeatures: classCount)
    }

    public func forward(_ features: [Feature], imageSize: Size, context: Context) -> Tensor {
        dense(dropout(pool(features[features.count - 1].map, context), context), context)
    }
}
