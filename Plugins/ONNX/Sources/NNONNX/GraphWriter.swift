import NNLayers

/// Writes the steps of a traced network as a graph.
struct GraphWriter {
    let network: TracedNetwork
    let task: PredictionTask
    let options: ONNXExporter.Options
    let converters: [String: ONNXConverter]
    /// Whether convolutions and normalizations have the built-in converters, which can fold them.
    let canFold: Bool

    init(
        _ network: TracedNetwork, task: PredictionTask, options: ONNXExporter.Options,
        converters: [String: ONNXConverter]
    ) {
        self.network = network
        self.task = task
        self.options = options
        self.converters = ONNXConverter.builtIn.merging(converters) { $1 }
        canFold =
            options.foldBatchNorm && converters["conv2d"] == nil && converters["conv_transposed2d"] == nil
            && converters["batch_norm"] == nil
    }

    static let inputName = "images"
    var outputName: String { options.probabilities ? "probabilities" : "logits" }

    /// Adds the nodes of all steps, and those that the options add before and after them.
    /// - Throws: ``SizeDependence``, ``ONNXExportError``
    func write(to graph: ONNXGraph, description: ExportDescription) throws {
        _ = graph.unusedName(Self.inputName)
        _ = graph.unusedName(outputName)
        let prepared =
            options.includePreprocessing
            ? try PreparationWriter.write(description, input: Self.inputName, to: graph) : Self.inputName
        let file = ONNXValue(
            source: .computed(prepared), shape: network.inputShape, dataType: .float32, order: ONNXValue.imageOrder)
        graph.noteLengths(of: file)
        var values = [network.input: normalized(file, graph, description)]
        let folds = canFold ? network.foldableConvolutions : [:]
        var convolutions: [Int: ONNXStep.FoldedConvolution] = [:]
        for (index, step) in network.steps.enumerated() {
            var call = ONNXStep(
                operation: step.name, inputs: inputs(of: step, values), outputShapes: step.outputShapes,
                outputTypes: step.outputTypes, attributes: step.attributes)
            call.folded = convolutions[index]
            if let normalization = folds[index] {
                convolutions[normalization] = ONNXStep.FoldedConvolution(
                    operation: step.name, inputs: call.inputs, attributes: step.attributes,
                    outputShape: step.outputShapes[0])
                // The normalization replaces it, and does not use its result.
                values[step.outputs[0]] = call.result("", order: ONNXValue.imageOrder)
                continue
            }
            let results = try converter(of: step).convert(call, graph)
            for (number, result) in zip(step.outputs, results) {
                values[number] = result
                graph.noteLengths(of: result)
            }
        }
        guard let result = values[network.output] else {
            throw ONNXExportError("a converter returned fewer results than its operation has")
        }
        try finish(result, graph)
    }

    private func inputs(of step: TracedStep, _ values: [Int: ONNXValue]) -> [ONNXValue] {
        step.inputs.enumerated().compactMap { index, number in
            if let number { return values[number] }
            return step.constants[index].map { tensor in
                ONNXValue(
                    source: .constant(tensor), shape: step.inputShapes[index], dataType: tensor.dataType,
                    order: ONNXValue.plainOrder(rank: tensor.rank))
            }
        }
    }

    private func converter(of step: TracedStep) throws -> ONNXConverter {
        guard let converter = converters[step.name] else {
            throw ONNXExportError(
                "the operation '\(step.name)' has no ONNX converter; register an ONNXConverter of this name "
                    + "(kind onnx_converter), or build the layer from operations that have one")
        }
        return converter
    }

    private func normalized(_ images: ONNXValue, _ graph: ONNXGraph, _ description: ExportDescription) -> ONNXValue {
        guard options.includeNormalization, !options.includePreprocessing else { return images }
        let channels: Shape = [description.mean.count, 1, 1]
        let centered = graph.add(
            "Sub", [graph.name(of: images), graph.initializer(Tensor(description.mean, shape: channels), name: "mean")])
        let deviation = graph.initializer(
            Tensor(description.standardDeviation, shape: channels), name: "standard_deviation")
        return ONNXValue(
            source: .computed(graph.add("Div", [centered, deviation])), shape: images.shape, dataType: .float32,
            order: images.order)
    }

    /// Gives the result its name, and the order of images.
    private func finish(_ result: ONNXValue, _ graph: ONNXGraph) throws {
        let order = result.rank == 4 ? ONNXValue.imageOrder : ONNXValue.plainOrder(rank: result.rank)
        var name = graph.name(of: result, in: order)
        if options.probabilities {
            guard task.labels != .values else {
                throw ONNXExportError(
                    "a network for \(task.rawValue) predicts numbers, which have no probabilities; export it without "
                        + "the option 'probabilities'")
            }
            let isSigmoid = task.labels == .flags || result.shape.last?.fixed == 1
            name = isSigmoid ? graph.add("Sigmoid", [name]) : graph.add("Softmax", [name], ["axis": .int(1)])
        }
        // A network may return its input or a constant.
        if name == Self.inputName || graph.initializers[name] != nil { name = graph.add("Identity", [name]) }
        graph.rename(name, to: outputName)
        graph.prune(keeping: [outputName])
    }
}
