import ArgumentParser
import Foundation
@_spi(Internal) import NNDatasets
@_spi(Text) import NNLayers
import NNTraining
import Synchronization

struct DataConvertCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Converts annotations of COCO, labelme, CVAT and YOLO into masks, and masks into COCO.",
        discussion: """
            A source is a JSON file of COCO (polygons, runs or panoptic), a folder of labelme's JSON files, an XML file \
            of "CVAT for images 1.1", or data.yaml of YOLO's polygons: written are images, masks and classes.txt for \
            the data set 'mask_folders'. A folder of images and masks is written as COCO. SPLIT= before a source, such \
            as train=instances.json, states its split, which otherwise follows from the annotations or the name.

            Polygons have the pixels that COCO's own tools give them. Crowds become ignored pixels (255). Shapes \
            without an area, such as points, are left out and counted. Images may have any format that data sets read.
            """)

    enum Target: String, CaseIterable, ExpressibleByArgument {
        case maskFolders = "mask_folders"
        case coco
    }

    @Argument(help: ArgumentHelp("The annotations.", valueName: "[split=]source"))
    var sources: [String]

    @Option(help: ArgumentHelp("The folder to write, which must not exist or be empty.", valueName: "dir"))
    var output: String

    @Option(help: "What to write. (default: coco for a folder of masks, mask_folders for all others)")
    var to: Target?

    @Option(help: "The format of the sources. (default: recognized)")
    var format: AnnotationFormat?

    @Option(help: ArgumentHelp("The folder of the images. (default: around the annotations)", valueName: "dir"))
    var imageFolder: String?

    @Option(
        help: ArgumentHelp("The classes to keep, in this order: a text file with a line for each.", valueName: "file"))
    var classes: String?

    @Option(
        help: ArgumentHelp(
            "The class of pixels without an object, or none to ignore them. (default: background; none for panoptic)",
            valueName: "name"))
    var background: String?

    @Option(help: "Of overlapping objects: paint in their order, smaller ones by area on top, or refuse.")
    var overlaps = OverlapRule.order

    @Option(help: "Copy the images, or link them: as hard or symbolic links.")
    var images = AnnotationConversion.ImageFiles.copy

    @Option(
        help: ArgumentHelp("The percentage of the training images to set aside for validation.", valueName: "percent"))
    var validation = 0.0

    @Option(help: "With skip, broken annotations and missing images are left out and listed.")
    var onError = BrokenSamplePolicy.fail

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        if !(0..<100 ~= validation) {
            throw ValidationError("--validation must be from 0 to below 100 percent, not \(validation)")
        }
    }

    func run(_ tool: Tool) throws {
        let sources = try sources.map { try Source($0, format: format) }
        let masks = sources.filter { $0.format == .maskFolders }
        let target = to ?? (masks.isEmpty ? .maskFolders : .coco)
        if target == .coco, masks.isEmpty {
            throw CommandFailure(message: "--to coco takes a folder of images and masks; convert to masks first")
        }
        if !masks.isEmpty, target != .coco || sources.count > 1 {
            throw CommandFailure(
                message: "\(masks[0].url.relativePath) has masks already, and can be converted alone, to coco")
        }
        let reader = try ImageReader().withFormats(of: tool.registry)
        let cancelled = Atomic(false)
        let watch = InterruptWatch { cancelled.store(true, ordering: .relaxed) }
        defer { watch.cancel() }
        let progress = ScanProgress("convert", console: tool.console)
        let folder = URL(fileURLWithPath: output)
        do {
            defer { tool.console.clearStatus() }
            if target == .coco {
                var export = COCOExport()
                export.classes = classes.map { .file($0) }
                export.imageFiles = images
                export.imageReader = reader
                let report = try export.write(
                    masks[0].url, to: folder, isCancelled: { cancelled.load(ordering: .relaxed) },
                    progress: { progress.show("", done: $0, total: $1) })
                try show(report, report.text(output), tool.console)
            } else {
                let report = try conversion(sources, reader).write(
                    to: folder, isCancelled: { cancelled.load(ordering: .relaxed) },
                    progress: { progress.show("", done: $0, total: $1) })
                if let unread = report.unreadFiles { tool.console.report("note: \(unread)") }
                for problem in report.problems { tool.console.report("warning: \(problem)") }
                try show(report, report.text(output), tool.console)
            }
        } catch is CancellationError {
            throw CommandFailure(message: "interrupted; nothing was written", exitCode: InterruptWatch.exitCode)
        }
    }

    private func show(_ report: some Encodable, _ text: String, _ console: Console) throws {
        if json { try console.print(json: report) } else { console.print(text) }
    }

    private func conversion(_ sources: [Source], _ reader: ImageReader) throws -> AnnotationConversion {
        var conversion = AnnotationConversion()
        conversion.overlaps = overlaps
        conversion.onError = onError
        conversion.imageFiles = images
        conversion.imageReader = reader
        conversion.validationShare = validation / 100
        conversion.classes = classes.map { .file($0) }
        switch background {
        case nil: conversion.background = .automatic
        case "none"?: conversion.background = .none
        case let name?: conversion.background = .named(name)
        }
        for source in sources {
            if source.format == .yolo {
                try conversion.add(try YOLODataset(configuredBy: source.url, only: source.split))
            } else {
                try conversion.add(
                    source.url, format: source.format, split: source.split,
                    imageFolder: imageFolder.map { URL(fileURLWithPath: $0) })
            }
        }
        return conversion
    }

    /// A source with its split.
    private struct Source {
        let url: URL
        let split: Split?
        let format: AnnotationFormat

        init(_ text: String, format: AnnotationFormat?) throws {
            let parts = text.split(separator: "=", maxSplits: 1)
            split = parts.count == 2 ? Split(rawValue: String(parts[0])) : nil
            url = URL(fileURLWithPath: split == nil ? text : String(parts[1]))
            self.format = try format ?? AnnotationFormat(of: url)
        }
    }
}

extension NNDatasets.AnnotationFormat: ArgumentParser.ExpressibleByArgument {}
extension NNDatasets.OverlapRule: ArgumentParser.ExpressibleByArgument {}
extension NNDatasets.AnnotationConversion.ImageFiles: ArgumentParser.ExpressibleByArgument {}
extension NNDatasets.BrokenSamplePolicy: ArgumentParser.ExpressibleByArgument {}

extension AnnotationReport {
    /// The report for people.
    func text(_ output: String) -> String {
        var table = TextTable(columns: ["class", "objects", "pixels", "%"])
        let total = max(classes.reduce(0) { $0 + $1.pixels } + ignoredPixels, 1)
        func share(_ pixels: Int) -> String { (100 * Double(pixels) / Double(total)).fixed(2) }
        for entry in classes {
            table.add([entry.name, entry.objects.grouped, entry.pixels.grouped, share(entry.pixels)])
        }
        if ignoredPixels > 0 {
            table.add(["(ignored)", ignoredRegions.grouped, ignoredPixels.grouped, share(ignoredPixels)])
        }
        var lines = splits.map { split in
            let empty = split.withoutObjects > 0 ? ", \(split.withoutObjects.grouped) of them without objects" : ""
            return "\(split.split.rawValue): \(split.images.grouped) images\(empty)"
        }
        if coveredPixels > 0 { lines.append("\(coveredPixels.grouped) pixels were painted over by another class") }
        for (kind, count) in leftOut.sorted(by: { $0.key < $1.key }) {
            lines.append(
                kind == "class"
                    ? "\(count.grouped) objects of other classes were left out"
                    : "\(count.grouped) annotations without an area were left out: \(kind)")
        }
        if !problems.isEmpty { lines.append("\(problems.count.grouped) broken annotations or images were left out") }
        let path = output.contains(where: { " #:".contains($0) }) ? "\"\(output)\"" : output
        lines.append("dataset: {type: mask_folders, path: \(path), classes: \(path)/classes.txt}")
        return "\(table)\n\n" + lines.joined(separator: "\n")
    }
}

extension COCOExportReport {
    /// The report for people.
    func text(_ output: String) -> String {
        (splits.map {
            "\($0.split.rawValue): \($0.images.grouped) images, \($0.annotations.grouped) annotations in "
                + "\(output)/annotations/instances_\($0.split.rawValue).json"
        }).joined(separator: "\n")
    }
}
