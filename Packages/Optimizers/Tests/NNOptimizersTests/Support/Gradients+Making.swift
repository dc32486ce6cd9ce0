import NNLayers

/// Gradients as a backward pass gives them; a frozen parameter has none.
func makeGradients(_ values: [(Parameter, [Float])]) -> Gradients {
    var result = Gradients()
    for (parameter, gradient) in values where parameter.isTrainable {
        result.accumulate(parameter.wrappedValue.backward(gradient: Tensor(gradient, shape: parameter.shape)))
    }
    return result
}
