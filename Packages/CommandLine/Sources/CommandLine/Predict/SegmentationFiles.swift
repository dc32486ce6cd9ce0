import ArgumentParser
import Datasets
import Foundation
import NNLayers
import Training

/// Writes what a network says of the pixels of pictures into a folder.
struct SegmentationFiles {
    /// Which files are written, and where.
    struct Arguments: ParsableArguments {
        @Option(
            help: ArgumentHelp("The folder for masks and videos. (default: RUN/predictions)", valueName: "dir"))
        var output: String?

        @Option(
            parsing: .upToNextOption,
            help: ArgumentHelp("Which pictures to write of each: index, color, overlay.", valueName: "kind"))
        var pictures = Kind.allCases

        @Option(help: "The opacity of the colours over the picture, from 0 to 1.")
        var opacity: Float = 0.5

        func validate() throws {
            if !(0...1 ~= opacity) { throw ValidationError("--opacity must be from 0 to 1, not \(opacity)") }
        }
    }

    enum Kind: String, CaseIterable, ExpressibleByArgument, Sendable {
        case index, color, overlay
    }

    private let folder: URL
    private let arguments: Arguments
    private let data: DataDescription

    /// Makes the folder where there is none.
    init(_ folder: URL, arguments: Arguments, predictor: Predictor) throws {
        self.folder = folder
        self.arguments = arguments
        data = predictor.data
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Writes the pictures of one prediction.
    /// - Returns: The paths of the files.
    func write(
        _ segmentation: Segmentation, of image: Image, _ input: ImageFiles.Input
    ) throws -> [String] {
        try FileManager.default.createDirectory(
            at: folder.appending(path: input.name).deletingLastPathComponent(), withIntermediateDirectories: true)
        return try Kind.allCases.filter { arguments.pictures.contains($0) }.map { kind in
            let url = folder.appending(path: input.name + (kind == .index ? ".png" : "-\(kind.rawValue).png"))
            switch kind {
            case .index: try segmentation.mask.writePNG(to: url, palette: segmentation.colors)
            case .color: try segmentation.picture.writePNG(to: url)
            case .overlay: try segmentation.overlay(on: image, opacity: arguments.opacity).writePNG(to: url)
            }
            return url.relativePath
        }
    }

    /// Writes the legend, and the areas of all pictures as `areas.json`.
    func finish(_ list: AreaList) throws {
        try Segmentation.legend(of: data).draw().writePNG(to: folder.appending(path: "legend.png"))
        guard !list.images.isEmpty else { return }
        try JSONEncoder.ofAnswers.encode(list).write(to: folder.appending(path: "areas.json"), options: .atomic)
    }
}
