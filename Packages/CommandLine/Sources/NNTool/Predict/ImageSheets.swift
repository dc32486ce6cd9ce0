import Foundation
import NNDatasets
import NNLayers
import NNPlotting

/// Contact sheets of any number of images, in files of a limited size: `predictions.png`, `predictions-2.png` and so on.
struct ImageSheets {
    /// The image and its captions side by side with others that belong to it.
    typealias Group = [ContactSheet.Entry]

    private let folder: URL
    private let name: String
    private let groupsInSheet: Int
    private let columns: Int
    private let colorBar: ColorBar?
    private var waiting: [Group] = []
    private var writtenCount = 0

    /// The longer side of images on sheets, in pixels.
    private static let side = 128

    /// - Parameters:
    ///   - name: The name of the files without extension.
    ///   - groupsInSheet: The most groups in one file.
    ///   - columns: The most images in a row.
    init(_ folder: URL, name: String, groupsInSheet: Int = 60, columns: Int = 6, colorBar: ColorBar? = nil) {
        self.folder = folder
        self.name = name
        self.groupsInSheet = groupsInSheet
        self.columns = columns
        self.colorBar = colorBar
    }

    /// The file of a sheet, counted from 0.
    private func url(_ number: Int) -> URL {
        folder.appending(path: number == 0 ? "\(name).png" : "\(name)-\(number + 1).png")
    }

    /// The files that so many groups need.
    func urls(forGroups count: Int) -> [URL] {
        (0..<(count + groupsInSheet - 1) / groupsInSheet).map(url)
    }

    /// Adds images, and writes a sheet when it is full.
    mutating func add(_ group: Group) throws {
        waiting.append(
            group.map { entry in
                var entry = entry
                entry.image = Self.reduced(entry.image)
                return entry
            })
        if waiting.count == groupsInSheet { try write() }
    }

    /// Writes the last sheet.
    /// - Returns: The paths of all.
    mutating func finish() throws -> [String] {
        if !waiting.isEmpty { try write() }
        return (0..<writtenCount).map { url($0).relativePath }
    }

    private mutating func write() throws {
        var sheet = ContactSheet(entries: waiting.flatMap { $0 })
        sheet.columns = columns
        sheet.colorBar = colorBar
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try sheet.draw().writePNG(to: url(writtenCount))
        writtenCount += 1
        waiting = []
    }

    /// An image of at most the size that the sheet shows, so that large ones do not stay in memory.
    private static func reduced(_ image: Image) -> Image {
        let longer = max(image.height, image.width)
        guard longer > side else { return image }
        func scaled(_ length: Int) -> Int { max(length * side / longer, 1) }
        return image.resized(to: Size(height: scaled(image.height), width: scaled(image.width)))
    }
}
