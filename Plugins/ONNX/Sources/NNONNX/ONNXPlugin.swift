import NNLayers

/// The exporter of this module: `nn export --format onnx`.
public struct ONNXPlugin: Plugin {
    public let name = "ONNX"

    public init() {}

    public func register(into registry: Registry) throws {
        try registry.register(
            .exporter, "onnx", summary: "files for ONNX Runtime and other programs (https://onnx.ai)",
            options: ONNXOptions.self
        ) { [unowned registry] options, _ in
            var converters: [String: ONNXConverter] = [:]
            for name in registry.names(of: .onnxConverter) {
                converters[name] = try registry.build(.onnxConverter, from: ConfigNode(.string(name)))
            }
            return ONNXExporter(options, converters: converters)
        }
    }
}

extension ComponentKind<Void, ONNXConverter> {
    /// Ways to write operations of plugins as ONNX; the name is that of the operation.
    public static var onnxConverter: Self { Self("onnx_converter") }
}
