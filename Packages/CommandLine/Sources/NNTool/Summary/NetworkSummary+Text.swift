import NNLayers
import NNTraining

extension NetworkSummary {
    /// A table of the layers, with totals below.
    var text: String {
        var table = TextTable(columns: ["layer", "type", "output", "parameters", "MACs"], leftAligned: 3)
        for layer in layers {
            table.add([
                layer.path, layer.type, layer.outputShape.map { Shape($0).description } ?? "",
                layer.parameters.grouped, layer.multiplyAccumulates.grouped,
            ])
        }
        return """
            \(table)

            parameters       \(parameters.grouped) (\(trainableParameters.grouped) trainable, \(frozenParameters.grouped) frozen)
            with statistics  \(parametersWithStatistics.grouped)
            MACs             \(multiplyAccumulates.grouped) for one image of \(Size(height: imageSize[0], width: imageSize[1]))
            """
    }
}
