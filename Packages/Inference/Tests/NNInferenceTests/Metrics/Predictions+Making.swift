import NNLayers
import NNInference

/// Logits of which each row's likeliest class is given.
func predictions(_ classes: [Int], classCount: Int, shape: [Int]) -> Predictions {
    let logits = classes.flatMap { chosen in (0..<classCount).map { Float($0 == chosen ? 1 : 0) } }
    return Predictions(logits: Tensor(logits, shape: Shape(shape + [classCount])))
}
