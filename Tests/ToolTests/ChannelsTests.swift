import Foundation
import NNDatasets
import NNLayers
import Testing

/// The tool with images of other than three channels, and with images that are to be turned.
@Suite struct ChannelsTests {
    private let folder: WorkFolder

    init() throws { folder = try WorkFolder() }

    private func run(_ arguments: String...) throws -> NNTool.Outcome {
        try NNTool.run(arguments, in: folder.url)
    }

    /// Opaque and transparent images, which differ in nothing else.
    private func writeImages() throws {
        for (split, count) in [("train", 8), ("validation", 4)] {
            for (name, alpha) in [("opaque", UInt8(255)), ("thin", 20)] {
                for index in 0..<count {
                    var image = Image(size: 16, channels: 4, filledWith: alpha)
                    image.withUnsafeMutablePixels { pixels in
                        for pixel in 0..<256 {
                            for channel in 0..<3 {
                                pixels[4 * pixel + channel] = UInt8(truncatingIfNeeded: pixel * 7 + index * 31)
                            }
                        }
                    }
                    let file = folder.url.appending(path: "data/\(split)/\(name)/\(index).png")
                    try FileManager.default.createDirectory(
                        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try image.writePNG(to: file)
                }
            }
        }
    }

    private func writeConfig(_ more: String = "", channels: Int = 4) throws {
        try folder.write(
            """
            model: {backbone: {type: resnet_cifar, depth: 8}, head: classifier}
            data:
              dataset: {type: class_folders, path: data, channels: \(channels)}
              batch_size: 8
            \(more)
            optimizer: {type: adam, lr: 0.01}
            epochs: 8
            """, to: "c.yaml")
    }

    @Test func fourChannelsGoAllTheWay() throws {
        try writeImages()
        try writeConfig(
            "  train_transforms: [flip]\n  normalize: {mean: [0.5, 0.5, 0.5, 0.5], standard_deviation: [1, 1, 1, 0.5]}")
        let check = try run("config", "check", "c.yaml")
        #expect(check.exitCode == 0, "\(check.errors)")
        let statistics = try run("data", "stats", "c.yaml")
        let line = statistics.output.split(separator: "\n").first { $0.hasPrefix("normalize") } ?? ""
        #expect(line.split(separator: ",").count == 8 && line.contains("0.5392"), "\(line)")
        let training = try run("train", "c.yaml", "--json")
        #expect(training.exitCode == 0, "\(training.errors)")
        let report = try JSONSerialization.jsonObject(with: Data(training.output.utf8)) as? [String: Any]
        let path = try #require(report?["run"] as? String)
        let config = try String(contentsOf: folder.url.appending(path: "\(path)/config.yaml"), encoding: .utf8)
        #expect(config.contains("in_channels: 4") && config.contains("orientation: apply"))
        // Nothing but the opacity tells the classes apart.
        let predicted = try run("predict", path, "data/validation", "--csv", "--top", "1")
        #expect(predicted.exitCode == 0, "\(predicted.errors)")
        for line in predicted.output.split(separator: "\n").dropFirst() {
            #expect(line.contains("/thin/") == line.contains(",thin,"), "\(line)")
        }
        #expect(try run("eval", path).output.contains("top1 100"))
        let view = try run("data", "view", "c.yaml", "--output", "v.png")
        #expect(view.exitCode == 0, "\(view.errors)")
        let each = try run("data", "view", "c.yaml", "--each", "--output", "e.png")
        #expect(each.exitCode == 0, "\(each.errors)")
        let export = try run("export", path, "--json", "--output", "n.onnx")
        #if ONNX
        #expect(export.exitCode == 0, "\(export.errors)")
        #expect(export.output.filter { !$0.isWhitespace }.contains("\"shape\":[\"batch\",\"4\""), "\(export.output)")
        #endif
    }

    @Test func greyImagesHaveOneChannel() throws {
        try writeImages()
        try writeConfig(channels: 1)
        let training = try run("train", "c.yaml", "--set", "epochs=1", "--json")
        #expect(training.exitCode == 0, "\(training.errors)")
        let report = try JSONSerialization.jsonObject(with: Data(training.output.utf8)) as? [String: Any]
        let path = try #require(report?["run"] as? String)
        #expect(try run("predict", path, "data/validation/thin/0.png").exitCode == 0)
        #if ONNX
        let export = try run("export", path, "--json", "--output", "n.onnx")
        #expect(export.output.filter { !$0.isWhitespace }.contains("\"shape\":[\"batch\",\"1\""), "\(export.output)")
        #endif
    }

    @Test func whatDoesNotFitIsRefusedBeforeTraining() throws {
        try writeImages()
        try writeConfig("  train_transforms: [{type: color_jitter, hue: 0.1}, to_bgr]")
        let jitter = try run("config", "check", "c.yaml")
        #expect(jitter.exitCode == 1)
        #expect(jitter.errors.contains("'color_jitter' takes images of three channels, and the data set has 4"))
        #expect(jitter.errors.contains("'to_bgr' takes images of three channels"))
        try writeConfig("  normalize: {mean: [0.5, 0.5, 0.5], standard_deviation: [1, 1, 1]}")
        let means = try run("config", "check", "c.yaml")
        #expect(means.errors.contains("'mean' has 3 numbers, and the images of the data set have 4 channels"))
        try writeConfig()
        let none = try run("config", "check", "c.yaml", "--set", "data.dataset.channels=0")
        #expect(none.exitCode == 1 && none.errors.contains("channels: must be from 1 to 1024"), "\(none.errors)")
        let backbone = try run("config", "check", "c.yaml", "--set", "model.backbone.in_channels=3")
        #expect(backbone.errors.contains("the data set has images of 4 channels, and the backbone takes 3"))
        let bands = try run("train", "c.yaml", "--set", "data.dataset.channels=5")
        #expect(bands.exitCode == 1 && bands.errors.contains("it has 4 channels, and the data set 5"))
    }

    /// A JPEG file of 24x16 pixels that is to be turned.
    private func writeTurned(_ path: String) throws {
        let file = folder.url.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Image(size: Size(height: 16, width: 24), filledWith: 90).writeJPEG(to: file)
        let tiff: [UInt8] = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0]
        var jpeg = [UInt8](try Data(contentsOf: file))
        jpeg.insert(contentsOf: [0xff, 0xe1, 0, UInt8(tiff.count + 8)] + Array("Exif\0\0".utf8) + tiff, at: 2)
        try Data(jpeg).write(to: file)
    }

    @Test func imagesAreTurnedUnlessTheRunIsOlder() throws {
        for split in ["train", "validation"] {
            for index in 0..<4 {
                for (kind, channels) in [("images", 3), ("masks", 1)] {
                    let file = folder.url.appending(path: "d/\(kind)/\(split)/\(index).png")
                    try FileManager.default.createDirectory(
                        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                    try Image(size: 16, channels: channels, filledWith: UInt8(index % 2)).writePNG(to: file)
                }
            }
        }
        try folder.write(
            """
            model: {backbone: {type: resnet_cifar, depth: 8}, head: {type: fcn, stride: 4, width: 8}}
            data: {dataset: {type: mask_folders, path: d, class_count: 2}, batch_size: 4}
            epochs: 1
            """, to: "s.yaml")
        let training = try run("train", "s.yaml", "--json")
        #expect(training.exitCode == 0, "\(training.errors)")
        let report = try JSONSerialization.jsonObject(with: Data(training.output.utf8)) as? [String: Any]
        let path = try #require(report?["run"] as? String)
        try writeTurned("in/phone.jpg")
        try folder.write("GIF89a..........", to: "in/other.gif")
        let applied = try run("predict", path, "in", "--output", "o")
        #expect(applied.exitCode == 0, "\(applied.errors)")
        #expect(applied.errors.contains("note: 1 image file is not read: 1 .gif, such as "))
        #expect(try Image(contentsOf: folder.url.appending(path: "o/phone.png")).size == Size(height: 24, width: 16))
        // A run of an earlier version does not have the key.
        let config = folder.url.appending(path: "\(path)/config.yaml")
        let text = try String(contentsOf: config, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter {
            !$0.contains("orientation:")
        }
        try lines.joined(separator: "\n").write(to: config, atomically: true, encoding: .utf8)
        let ignored = try run("predict", path, "in/phone.jpg", "--output", "p")
        #expect(ignored.exitCode == 0, "\(ignored.errors)")
        #expect(ignored.errors.contains("note: in/phone.jpg is stored with an EXIF orientation, which is not applied"))
        #expect(try Image(contentsOf: folder.url.appending(path: "p/phone.png")).size == Size(height: 16, width: 24))
        try writeTurned("d/images/validation/phone.jpg")
        try Image(size: Size(height: 16, width: 24), channels: 1)
            .writePNG(to: folder.url.appending(path: "d/masks/validation/phone.png"))
        let scored = try run("eval", path)
        #expect(scored.exitCode == 0, "\(scored.errors)")
        #expect(scored.errors.contains("phone.jpg is stored with an EXIF orientation, which is not applied"))
    }
}
