import NNLayers

/// What a network calculates of images of one size.
struct TraceRecord {
    let steps: [Trace.Step]
    let input: Int?
    let output: Int?
    let outputShape: Shape

    /// - Throws: `ShapeError` where the images do not fit.
    init(_ network: Network, _ shape: Shape) throws {
        let trace = Trace()
        let images = trace.input(TensorSpecification(shape: shape))
        let result = withoutGradients { network(images, .inference()) }
        try trace.check()
        steps = trace.steps
        (input, output, outputShape) = (trace.number(of: images), trace.number(of: result), result.shape)
    }

    /// Checks that this is the calculation of other traces, so that what is written from those holds here.
    ///
    /// A resize may be missing: heads leave it out where a map has the wanted size already, and then it
    /// changes nothing.
    /// - Throws: ``SizeDependence``
    func check(isLike other: [TracedStep], from otherInput: Int, to otherOutput: Int) throws(SizeDependence) {
        var numbers = [otherInput: input]
        var rest = steps[...]
        for step in other {
            let inputs = step.inputs.map { $0.flatMap { numbers[$0] ?? nil } }
            if let next = rest.first, next.operation.name == step.name, next.inputs == inputs {
                try check(next, hasTheSettingsOf: step)
                for (one, another) in zip(step.outputs, next.outputs) { numbers[one] = another }
                rest.removeFirst()
            } else if step.name == "resize" {
                numbers[step.outputs[0]] = inputs[0]
            } else {
                throw SizeDependence("the network calculates differently from '\(step.name)' on at other sizes")
            }
        }
        guard rest.isEmpty, numbers[otherOutput] == output else {
            throw SizeDependence("the network calculates differently at other sizes")
        }
    }

    private func check(_ step: Trace.Step, hasTheSettingsOf other: TracedStep) throws(SizeDependence) {
        let settings = step.operation.attributes
        for (name, value) in other.attributes[0] where other.attributes.allSatisfy({ $0[name] == value }) {
            guard settings[name] == value else {
                throw SizeDependence("'\(name)' of '\(step.operation.name)' changes with the images")
            }
        }
        guard step.constants.allSatisfy({ other.constants[$0]?.holdsTheSame(as: $1) == true }) else {
            throw SizeDependence("a constant of '\(step.operation.name)' changes with the images")
        }
    }
}
