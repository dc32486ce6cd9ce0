import NNLayers

/// The calculation of a network, as traces with images of several sizes recorded it.
struct TracedNetwork {
    /// What leads to the result, in order.
    let steps: [TracedStep]
    /// The numbers of the images and of the result among the values.
    let input: Int
    let output: Int
    let inputShape: [TracedLength]
    let outputShape: [TracedLength]

    /// - Parameters:
    ///   - shapes: Of the images `[N, H, W, C]`, one for each trace.
    ///   - usual: Of the images that the network was made for, for which the calculation must be the same.
    /// - Throws: ``SizeDependence`` where the traces differ, `ShapeError` where the images do not fit.
    init(_ network: Network, shapes: [Shape], usual: Shape) throws {
        var traces: [[Trace.Step]] = []
        var ends: [(input: Int?, output: Int?, shape: Shape)] = []
        for shape in shapes {
            let record = try TraceRecord(network, shape)
            traces.append(record.steps)
            ends.append((record.input, record.output, record.outputShape))
        }
        guard Set(traces.map(\.count)).count == 1, Set(ends.map(\.output)).count == 1 else {
            throw SizeDependence("the network calculates differently at other sizes")
        }
        guard let input = ends[0].input, let output = ends[0].output else {
            throw ONNXExportError("the network's result does not depend on the images; there is nothing to export")
        }
        self.input = input
        self.output = output
        inputShape = shapes[0].indices.map { axis in TracedLength(shapes.map { $0[axis] }) }
        outputShape = ends[0].shape.indices.map { axis in TracedLength(ends.map { $0.shape[axis] }) }
        let joined = try traces[0].indices.map { place in try TracedStep(traces.map { $0[place] }) }
        try TraceRecord(network, usual).check(isLike: joined, from: input, to: output)
        steps = Self.needed(joined, for: output)
    }

    /// The steps without those whose results nothing uses.
    private static func needed(_ steps: [TracedStep], for output: Int) -> [TracedStep] {
        var values: Set = [output]
        var kept: [TracedStep] = []
        for step in steps.reversed() where !values.isDisjoint(with: step.outputs) {
            values.formUnion(step.inputs.compactMap { $0 })
            kept.append(step)
        }
        return kept.reversed()
    }

    /// Convolutions, by place, into which the batch normalization at the other place can be folded: it
    /// normalizes by constants, and nothing else uses what they give.
    var foldableConvolutions: [Int: Int] {
        var useCounts: [Int: Int] = [output: 1]
        for value in steps.flatMap(\.inputs) { if let value { useCounts[value, default: 0] += 1 } }
        var makers: [Int: Int] = [:]
        for (place, step) in steps.enumerated() where ["conv2d", "conv_transposed2d"].contains(step.name) {
            makers[step.outputs[0]] = place
        }
        var result: [Int: Int] = [:]
        for (place, step) in steps.enumerated() where step.name == "batch_norm" {
            let residuals = step.attributes[0]["has_residual"] == .bool(true) ? [3] : []
            let constants = step.inputs.indices.dropFirst().filter { !residuals.contains($0) }
            guard let source = step.inputs[0], let maker = makers[source], useCounts[source] == 1,
                constants.count == 4, constants.allSatisfy({ step.constants[$0] != nil }),
                steps[maker].inputs.indices.dropFirst().allSatisfy({ steps[maker].constants[$0] != nil })
            else { continue }
            result[maker] = place
        }
        return result
    }
}
