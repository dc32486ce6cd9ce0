import Foundation
import NNBackbones
import NNDatasets
import NNLayers
import Testing

/// The program of Examples/Library, small: its `Segmentation.swift` is compiled into these tests.
struct LibraryTests {
    @Test func aNetworkIsTrainedSavedLoadedAndPredicts() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "nn-library-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func network() -> Network { makeNetwork(depth: 19, width: 16, classes: 7) }

        let trained = network()
        let data = Shapes(task: .segmentation, size: 64, count: 8)
        let losses = try train(trained, on: data, size: 64, batchSize: 4, epochs: 2)
        #expect(losses.count == 2 && losses.allSatisfy(\.isFinite))
        #expect(losses[1] < losses[0])

        let file = folder.appending(path: "network.safetensors")
        try trained.save(to: file)
        let loaded = network()
        let report = try loaded.load(from: file)
        #expect(report.isComplete)

        // Another size than in training, whose sides no stride divides.
        let image = Shapes(split: .test, task: .segmentation, size: Size(height: 50, width: 77)).sample(at: 0).image
        let pixels = imageNet.tensor(of: image)
        let logits = withoutGradients { trained(pixels, .inference()) }
        #expect(logits.shape == [1, 50, 77, 7])
        #expect(withoutGradients { loaded(pixels, .inference()) }.floats == logits.floats)

        let (imageFile, mask) = (folder.appending(path: "image.png"), folder.appending(path: "mask.png"))
        try image.writePNG(to: imageFile)
        try predict(imageFile, with: loaded, to: mask)
        let written = try Image(indicesOf: mask)
        #expect(written.size == image.size)
        #expect(written.pixels.map(Float.init) == logits.argmax().floats)
    }
}
