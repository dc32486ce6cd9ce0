import Foundation
import NNLayers
import SwiftProtobuf

@testable import NNONNX

/// A network that was written to a file, and the file read back.
struct Exported {
    let report: ExportReport
    let model: Onnx_ModelProto

    static let description = ExportDescription(
        name: "test", classNames: ["cat", "dog/wolf"], mean: [0.5, 0.4, 0.3], standardDeviation: [0.2, 0.25, 0.3],
        imageSize: Size(height: 64, width: 48))

    init(
        _ network: Network, _ exporter: ONNXExporter = ONNXExporter(),
        _ description: ExportDescription = Exported.description
    ) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).onnx")
        defer { try? FileManager.default.removeItem(at: file) }
        report = try exporter.export(network, description, to: file)
        model = try Onnx_ModelProto(serializedBytes: Data(contentsOf: file))
    }

    var graph: Onnx_GraphProto { model.graph }
    var types: [String] { graph.node.map(\.opType) }

    var metadata: [String: String] {
        Dictionary(uniqueKeysWithValues: model.metadataProps.map { ($0.key, $0.value) })
    }

    func count(_ type: String) -> Int { types.count { $0 == type } }

    func nodes(_ type: String) -> [Onnx_NodeProto] { graph.node.filter { $0.opType == type } }

    func initializer(_ name: String) -> [Float]? {
        graph.initializer.first { $0.name == name }.map { tensor in
            tensor.rawData.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        }
    }

    /// What every file must be: nodes use only what was made before them, and nothing is made in vain.
    var problems: [String] {
        var made = Set(graph.input.map(\.name) + graph.initializer.map(\.name) + [""])
        var problems: [String] = []
        if made.count != graph.input.count + graph.initializer.count + 1 { problems.append("a name is used twice") }
        var used = Set(graph.output.map(\.name))
        for node in graph.node {
            for input in node.input where !made.contains(input) {
                problems.append("\(node.name) uses \(input) too early")
            }
            used.formUnion(node.input)
            for output in node.output where !made.insert(output).inserted { problems.append("\(output) is made twice") }
        }
        for output in graph.output where !made.contains(output.name) { problems.append("\(output.name) is not made") }
        for node in graph.node where used.isDisjoint(with: node.output) { problems.append("\(node.name) is not used") }
        for tensor in graph.initializer where !used.contains(tensor.name) {
            problems.append("\(tensor.name) is not used")
        }
        return problems
    }
}

extension Onnx_NodeProto {
    func ints(_ name: String) -> [Int64]? { attribute.first { $0.name == name }?.ints }
    func text(_ name: String) -> String? {
        attribute.first { $0.name == name }.map { String(decoding: $0.s, as: UTF8.self) }
    }
}
