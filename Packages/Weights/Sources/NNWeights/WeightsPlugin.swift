import NNLayers

/// The file formats and name maps of this module.
public struct WeightsPlugin: Plugin {
    public let name = "Weights"

    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(.weightFormat, "safetensors", summary: "safetensors, memory-mapped") {
            SafetensorsFormat()
        }
        try registry.register(.weightFormat, "pytorch", summary: "torch.save, data alone; nothing in it is run") {
            PyTorchFormat()
        }
        for table in NameTable.all {
            try registry.register(.nameMap, table.name, summary: table.summary) { try NameMap(table.text) }
        }
    }
}
