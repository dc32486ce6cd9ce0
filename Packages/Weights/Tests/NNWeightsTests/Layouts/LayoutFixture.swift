import Foundation
import NNLayers
@_spi(Testing) import NNTesting
import Testing
import NNWeights

/// A file of a published network as another package writes it, with values that follow from their names, and
/// what that package makes of two images; see `Tests/Fixtures/weight_layout.py`.
struct LayoutFixture: WeightFile {
    private struct Layout: Decodable {
        struct Entry: Decodable {
            let name: String
            let shape: [Int]
            let type: String

            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                name = try list.decode(String.self)
                shape = try list.decode([Int].self)
                type = try list.decode(String.self)
            }
        }
        let size: Int
        let classes: Int
        let entries: [Entry]
    }

    let entries: [WeightEntry]
    let metadata: [String: String] = [:]
    let classCount: Int
    /// `[2, H, W, 3]`
    let images: Tensor
    private let file: SafetensorsFile
    private let values: @Sendable (String, Shape) -> Tensor

    init(_ name: String) throws {
        let url = try #require(
            Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Fixtures"))
        file = try SafetensorsFile(url)
        let layout = try JSONDecoder().decode(Layout.self, from: Data(try #require(file.metadata["layout"]).utf8))
        entries = layout.entries.map {
            WeightEntry(name: $0.name, shape: Shape($0.shape), storedType: $0.type)
        }
        classCount = layout.classes
        let shape: Shape = [2, layout.size, layout.size, 3]
        let noise = hashedNoise("images", shape.elementCount)
        images = Tensor(noise.map { Float(3.0.squareRoot() * $0) }, shape: shape)
        let isKeras = name.hasPrefix("keras")
        values = { isKeras ? hashedKerasValues($0, $1) : hashedValues($0, $1) }
    }

    var url: URL { file.url }

    /// Opens the fixture as the file that it describes.
    struct Format: WeightFormat {
        let fixture: LayoutFixture
        let fileExtensions = ["safetensors"]

        func recognizes(_ beginning: [UInt8]) -> Bool { true }
        func open(_ url: URL) throws(TensorFileError) -> any WeightFile { fixture }
    }

    func tensor(named name: String) throws(TensorFileError) -> Tensor {
        guard let entry = entries.first(where: { $0.name == name }) else {
            throw TensorFileError(.missingTensor, file: url, tensor: name, reason: "is not in the file")
        }
        return entry.storedType == "I64" ? Tensor(scalar: Int64(1)) : values(name, entry.shape)
    }

    /// Expects that the network makes of the images what the other package does.
    func check(_ network: Network) throws {
        try check(network.backbone)
        try compare(withoutGradients { network(images, .inference()) }, with: "logits")
    }

    /// Expects that the backbone's last map is the other package's.
    func check(_ backbone: any Backbone) throws {
        let feature = try #require(withoutGradients { backbone(images, .inference()) }.last)
        try compare(feature.map, with: "feature")
    }

    private func compare(_ result: Tensor, with name: String) throws {
        let (found, expected) = (thinned(result), try file.tensor(named: name))
        try #require(found.shape == expected.shape, "\(name)")
        let difference = found - expected
        let error = ((difference * difference).sum().floats[0] / (expected * expected).sum().floats[0]).squareRoot()
        #expect(error < 1e-4, "\(name): off by \(error) of the norm")
    }

    /// The values that the file has of a map.
    private func thinned(_ map: Tensor) -> Tensor {
        guard map.shape.rank == 4 else { return map }
        let (height, width, channels) = (map.shape[1], map.shape[2], map.shape[3])
        return map.slice(axis: 1, range: 0..<height, step: height / 5 | 1)
            .slice(axis: 2, range: 0..<width, step: width / 5 | 1)
            .slice(axis: 3, range: 0..<channels, step: channels / 16 | 1)
    }
}
