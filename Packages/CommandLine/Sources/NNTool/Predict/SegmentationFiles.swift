import ArgumentParser
import NNDatasets
import Foundation
import NNLayers
import NNPlotting
import NNTraining

/// Writes what a network says of the pixels of pictures into a folder.
struct SegmentationFiles {
    /// Which files are written, and where.
    struct Arguments: ParsableArguments {
        @Option(
            help: ArgumentHelp("The folder for masks and videos. (default: RUN/predictions)", valueName: "dir"))
        var output: String?

        @Option(
            parsing: .upToNextOption,
            help: ArgumentHelp(
                "Which pictures to write of each: index, color, overlay. (default: all three)", valueName: "kind"))
        var pictures: [Kind] = []

        @Option(help: "The opacity of the colours over the picture, from 0 to 1. (default: 0.5)")
        var opacity: Float?

        func validate() throws {
            if let opacity, !(0...1 ~= opacity) {
                throw ValidationError("--opacity must be from 0 to 1, not \(opacity)")
            }
        }

        var areGiven: Bool { output != nil || !pictures.isEmpty || opacity != nil }
        var overlayOpacity: Float { opacity ?? 0.5 }
    }

    enum Kind: String, CaseIterable, ExpressibleByArgument, Sendable {
        case index, color, overlay
    }

    private let folder: URL
    private let arguments: Arguments
    private let data: DataDescription

    /// Makes the folder where there is none.
    /// - Throws: ``CommandFailure`` where a result would be written over an input or another result.
    init(_ folder: URL, arguments: Arguments, predictor: Predictor, inputs: [ImageFiles.Input]) throws {
        self.folder = folder
        self.arguments = arguments
        data = predictor.data
        try check(inputs)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Writes the pictures of one prediction.
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

    /// Where the video of a video is written.
    func url(ofVideo input: ImageFiles.Input) -> URL { folder.appending(path: "\(input.name).mp4") }

    private func url(of kind: Kind, for input: ImageFiles.Input) -> URL {
        folder.appending(path: input.name + (kind == .index ? ".png" : "-\(kind.rawValue).png"))
    }

    private var kinds: [Kind] { Kind.allCases.filter { arguments.pictures.isEmpty || arguments.pictures.contains($0) } }
    private var legend: URL { folder.appending(path: "legend.png") }
    private var areas: URL { folder.appending(path: "areas.json") }

    private func check(_ inputs: [ImageFiles.Input]) throws(CommandFailure) {
        func place(_ url: URL) -> String { url.standardizedFileURL.resolvingSymlinksInPath().path }
        let sources = Set(inputs.map { place($0.url) })
        var owners = [place(legend): "the legend", place(areas): "the table of areas"]
        for input in inputs {
            for url in input.isVideo ? [url(ofVideo: input)] : kinds.map({ self.url(of: $0, for: input) }) {
                if sources.contains(place(url)) {
                    throw CommandFailure(
                        message: "\(url.relativePath): a result would be written over this file, which is to be read; "
                            + "choose another folder with --output")
                }
                if let owner = owners.updateValue(input.path, forKey: place(url)) {
                    throw CommandFailure(
                        message: "\(url.relativePath): would be written for \(owner) and for \(input.path); "
                            + "rename one, or predict them into different folders with --output")
                }
            }
        }
    }

    /// Writes the legend, and the areas of all pictures as `areas.json`.
    func finish(_ list: AreaList) throws {
        try Segmentation.legend(of: data).draw().writePNG(to: legend)
        guard !list.images.isEmpty else { return }
        try JSONEncoder.ofAnswers.encode(list).write(to: areas, options: .atomic)
    }
}
