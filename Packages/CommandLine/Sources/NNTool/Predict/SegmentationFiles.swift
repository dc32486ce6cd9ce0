import ArgumentParser
import NNDatasets
import Foundation
import NNInference
import NNLayers
import NNPlotting
import NNTraining

/// Writes the segmentations of images to a folder.
struct SegmentationFiles {
    /// Which files are written, and where.
    struct Arguments: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "The folder for files: masks and videos; of a classifier and others for whole images, sheets with the "
                    + "predictions of images, which are written if this is given. (default: RUN/predictions)",
                valueName: "dir"))
        var output: String?

        @Option(
            parsing: .upToNextOption,
            help: ArgumentHelp(
                "The images to write for each input: index, color, overlay. (default: all three)", valueName: "kind"))
        var pictures: [Kind] = []

        @Option(help: "The opacity of the colors over the image, from 0 to 1. (default: 0.5)")
        var opacity: Float?

        func validate() throws {
            if let opacity, !(0...1 ~= opacity) {
                throw ValidationError("--opacity must be from 0 to 1, not \(opacity)")
            }
        }

        /// Whether options are given that only masks have.
        var areForMasks: Bool { !pictures.isEmpty || opacity != nil }
        var overlayOpacity: Float { opacity ?? 0.5 }
    }

    /// The images of a segmentation: class indices, colors, and colors over the input.
    enum Kind: String, CaseIterable, ExpressibleByArgument, Sendable {
        case index, color, overlay
    }

    private let folder: URL
    private let arguments: Arguments
    private let data: DataDescription

    /// Creates the folder if there is none.
    /// - Throws: ``CommandFailure`` if a result would overwrite an input or another result.
    init(_ folder: URL, arguments: Arguments, predictor: Predictor, inputs: [ImageFiles.Input]) throws {
        self.folder = folder
        self.arguments = arguments
        data = predictor.data
        try check(inputs)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Writes the images of one segmentation.
    /// - Returns: The paths of the files.
    func write(
        _ segmentation: Segmentation, of image: Image, _ input: ImageFiles.Input
    ) throws -> [String] {
        try FileManager.default.createDirectory(
            at: folder.appending(path: input.name).deletingLastPathComponent(), withIntermediateDirectories: true)
        return try kinds.map { kind in
            let url = url(of: kind, for: input)
            switch kind {
            case .index: try segmentation.mask.writePNG(to: url, palette: segmentation.colors)
            case .color: try segmentation.coloredMask.writePNG(to: url)
            case .overlay: try segmentation.overlay(on: image, opacity: arguments.overlayOpacity).writePNG(to: url)
            }
            return url.relativePath
        }
    }

    /// The file for the segmented video of an input.
    func url(ofVideo input: ImageFiles.Input) -> URL { folder.appending(path: "\(input.name).mp4") }

    private func url(of kind: Kind, for input: ImageFiles.Input) -> URL {
        folder.appending(path: input.name + (kind == .index ? ".png" : "-\(kind.rawValue).png"))
    }

    private var kinds: [Kind] { Kind.allCases.filter { arguments.pictures.isEmpty || arguments.pictures.contains($0) } }
    private var legend: URL { folder.appending(path: "legend.png") }
    private var areas: URL { folder.appending(path: "areas.json") }

    private func check(_ inputs: [ImageFiles.Input]) throws(CommandFailure) {
        var results = [(url: legend, owner: "the legend"), (url: areas, owner: "the table of areas")]
        for input in inputs {
            let urls = input.isVideo ? [url(ofVideo: input)] : kinds.map { url(of: $0, for: input) }
            results += urls.map { ($0, input.path) }
        }
        try ImageFiles.checkResults(results, over: inputs)
    }

    /// Writes the legend, and the areas of all images as `areas.json`.
    func finish(_ list: AreaList) throws {
        try Segmentation.legend(of: data).draw().writePNG(to: legend)
        guard !list.images.isEmpty else { return }
        try AtomicFile.write(JSONEncoder.ofResults.encode(list), to: areas)
    }
}
