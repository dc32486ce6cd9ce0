/// Draws the first values of a parameter.
public protocol Initializer: Sendable {
    /// The values: a pure function of the shape and the key.
    func values(_ shape: Shape, key: RandomKey) -> Tensor
}

extension Module {
    /// Gives every parameter that was declared with an initializer new values.
    ///
    /// Each is drawn with a key of its own, derived from its name: adding a layer to a network leaves
    /// the values of the others as they were.
    ///
    /// - Parameter keepsValues: Whether parameters that have values, as from a file, keep them; no memory is taken
    ///   for these then.
    public func initialize(key: RandomKey, keepsValues: Bool = false) {
        for (name, parameter) in ModuleTree(self).parameters where !(keepsValues && parameter.isInitialized) {
            if let initializer = parameter.initializer {
                parameter.value = initializer.values(parameter.shape, key: key.derived(name))
            }
        }
    }
}

/// Which connections of a weight scale its first values.
public enum Fan: String, Sendable, Codable, CaseIterable {
    /// Those that lead into one output: keeps the variance of activations on the way forward.
    case input
    /// Those that lead out of one input: keeps the variance of gradients on the way back.
    case output

    /// The number of connections of a weight `[O, I, ...]`, as PyTorch counts them.
    func count(_ shape: Shape) -> Float {
        require(
            shape.rank >= 2, "initializer: a shape \(shape) has no fan; it needs an output and an input dimension")
        return Float(shape[self == .input ? 1 : 0] * shape.dropFirst(2).reduce(1, *))
    }
}
