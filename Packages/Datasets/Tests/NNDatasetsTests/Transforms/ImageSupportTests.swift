import Foundation
import NNCore
@_spi(Internal) @testable import NNDatasets
import NNLayers
import Testing

/// Whatever a transform does not take is found by checks, and whatever they let pass is transformed.
@Suite struct ImageSupportTests {
    let registry = try! Registry(plugins: [LayersPlugin(), DatasetsPlugin()])

    static let names = try! Registry(plugins: [LayersPlugin(), DatasetsPlugin()]).names(of: .transform)

    /// The options that have no default.
    private func transform(_ name: String) throws -> any Transform {
        let environment = TransformEnvironment(task: .segmentation, ignoreIndex: 255)
        let plain = ConfigNode(.string(name))
        if let transform = try? registry.build(.transform, from: plain, environment) { return transform }
        return try registry.build(.transform, from: ["type": plain, "size": 12], environment)
    }

    @Test(arguments: names, [1, 2, 3, 4, 5])
    func answersAreThoseOfApplying(name: String, channels: Int) throws {
        let transform = try transform(name)
        let size = Size(height: 24, width: 20)
        let count = size.area * channels
        let images = [
            Image(size: size, channels: channels, pixels: (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37) }),
            Image(size: size, channels: channels, floats: (0..<count).map { Float($0 % 91) / 91 }),
        ]
        for image in images {
            let hasFloats = image.floats != nil
            let sample = Sample(image: image, target: .mask(Image(size: size, channels: 1)), name: "a.tif")
            let refusal = transform.refusal(channels: channels, hasFloats: hasFloats, name: "a.tif")
            // Draws of which some change the image.
            for seed in 0..<8 {
                var random = RandomGenerator(key: RandomKey(seed: UInt64(seed)))
                let message = failure { _ = try transform.applied(to: sample, random: &random) }
                #expect(message == refusal?.description, "\(name) of \(channels) channels")
            }
            var facts = SampleFacts()
            SampleCheck(dataset: PatternDataset(count: 1), split: .train, transforms: [transform]).carry(
                size, channels: channels, hasFloats: hasFloats, at: 0, in: &facts)
            #expect(facts.findings.contains { $0.kind == .unfitImage } == (refusal != nil))
        }
    }

    /// Headers tell what decoding would: 16 bits become floats where they are kept.
    @Test(arguments: [(1, nil, true), (1, 8, false), (3, nil, false), (3, 16, true)] as [(Int, Int?, Bool)])
    func headersTellOfFloats(channels: Int, bits: Int?, isFloat: Bool) throws {
        let folder = try TemporaryFolder()
        let rows = (0..<16).map { _ in [UInt8](repeating: 9, count: 32) }
        let file = PNGFile(height: 16, width: 16, colorType: .grey, bitDepth: 16, rows: rows, chunks: [])
        for name in ["a", "b"] { _ = try folder.write(file.bytes, to: "train/\(name)/deep.png") }
        let reader = ImageReader(channels: channels, bits: bits)
        let image = try reader.image(contentsOf: folder.file("train/a/deep.png"))
        #expect((image.floats != nil) == isFloat)
        var check = DataCheck()
        check.splits = [.train]
        check.transforms = [.train: [RandomErasing()]]
        let open: (Split) throws -> any Dataset = { split in
            try ClassFolders(path: folder.url.path, split: split, reader: reader)
        }
        let found = [check.runHeaders(dataset: open), check.run(dataset: open)]
        for report in found {
            let unfit = report.findings.filter { $0.kind == .unfitImage }
            #expect(unfit.count == (isFloat ? 2 : 0))
            #expect(unfit.allSatisfy { $0.severity == .error && $0.message.contains("takes images of 8 bits") })
        }
    }

    @Test func artefactsOfJPEGNeedASizeOfJPEG() throws {
        let transforms: [any Transform] = [JPEGArtifacts()]
        #expect(try transforms.sizes(of: Size(height: 65_500, width: 1), name: "a")?.isFixed == true)
        let message = failure { _ = try transforms.sizes(of: Size(height: 1, width: 65_501), name: "a.png") }
        #expect(message?.hasPrefix("a.png: its 1x65501 pixels are more than a JPEG file has") == true)
    }
}
