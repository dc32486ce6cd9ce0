import NNLayers

/// A change of whole batches of training samples, such as mixing images with each other.
///
/// What it draws of `random` is all that it may differ by.
public protocol BatchTransform: Sendable {
    func callAsFunction(_ batch: Batch, random: inout RandomGenerator) -> Batch
}

extension ComponentKind<TransformEnvironment, any BatchTransform> {
    /// Changes of whole batches.
    public static var batchTransform: Self { Self("batch transform") }
}
