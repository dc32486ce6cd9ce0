/// A loss that may count some classes more than others.
public protocol ClassWeighted {
    /// One factor for each class; nil where all count alike.
    var classWeights: [Float]? { get }
}
