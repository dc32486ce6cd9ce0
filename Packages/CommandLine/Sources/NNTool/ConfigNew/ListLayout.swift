import Foundation
@_spi(Internal) import NNDatasets
@_spi(Text) import NNLayers

extension DataLayout {
    /// Lists of images: lines of `path TAB label` or `path TAB mask`, and CSV files.
    static func listFiles(_ listing: FolderListing, _ reader: ImageReader) throws -> DataLayout? {
        if let csv = lists(in: listing, "csv"), let found = try table(csv, listing) { return found }
        guard let lists = lists(in: listing, "txt"), let train = lists[.train] else { return nil }
        let lines = try lines(of: listing.url.appending(path: train))
        guard !lines.isEmpty, lines.allSatisfy({ $0.count == 2 }) else { return nil }
        let options = Split.allCases.map { split in
            (split.rawValue, text(lists[split].map { listing.path(of: $0) }))
        }
        let labels = lines.compactMap { Int($0[1].trimmingCharacters(in: .whitespaces)) }
        guard labels.count == lines.count else {
            let masks = lines.prefix(100).map { listing.url.appending(path: $0[1]) }
            guard masks.allSatisfy({ PathKind(of: $0.path) == .file }) else { return nil }
            let encoding = try MaskEncodingGuess(of: masks, in: listing, reader)
            return DataLayout(
                dataset: node("mask_lists", options + encoding.options),
                summary: "lists of images and masks", notes: encoding.notes)
        }
        var count = labels.max().map { $0 + 1 } ?? 0
        for (split, file) in lists where split != .train {
            let others = try Self.lines(of: listing.url.appending(path: file)).compactMap { Int($0.last ?? "") }
            count = max(count, (others.max() ?? 0) + 1)
        }
        let names = ClassNameFile(in: listing, besides: Array(lists.values), count: count)
        return DataLayout(
            dataset: node("map_file", options + [names?.option ?? ("class_count", ConfigNode(.integer(count)))]),
            summary: "lists of images with a label each")
    }

    /// The files of an ending that are named as splits; else the only one, for training.
    private static func lists(in listing: FolderListing, _ ending: String) -> [Split: String]? {
        let files = listing.files.filter { ($0 as NSString).pathExtension.lowercased() == ending }
        var found: [Split: String] = [:]
        let names: [(Split, [String])] = [
            (.train, ["train", "training"]), (.validation, ["validation", "val", "valid"]), (.test, ["test"]),
        ]
        for (split, names) in names {
            found[split] = files.first { names.contains(($0 as NSString).deletingPathExtension.lowercased()) }
        }
        if found[.train] == nil { found = files.count == 1 ? [.train: files[0]] : [:] }
        return found.isEmpty ? nil : found
    }

    /// The parts of each line that is not blank, between tabs.
    private static func lines(of file: URL) throws -> [[String]] {
        guard let data = try? Data(contentsOf: file) else { return [] }
        return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
            .filter { !$0.allSatisfy(\.isWhitespace) }
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    }

    /// CSV files with a column of images and columns of flags or numbers.
    private static func table(_ lists: [Split: String], _ listing: FolderListing) throws -> DataLayout? {
        guard let train = lists[.train] else { return nil }
        let table = try CSVTable(listing.url.appending(path: train))
        let roots = [nil] + listing.folders.map { Optional($0) }
        for column in table.columns.indices where table.columns.count > 1 {
            let paths = table.rows.prefix(20).map { $0.cells[column] }
            let root = roots.first { root in
                let folder = root.map { listing.url.appending(path: $0) } ?? listing.url
                return !paths.isEmpty && paths.allSatisfy { PathKind(of: folder.appending(path: $0).path) == .file }
            }
            guard let root else { continue }
            let others = table.columns.indices.filter { $0 != column }
            func cells(_ index: Int) -> [String] {
                table.rows.map { $0.cells[index].trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
            }
            let columns = others.filter { cells($0).allSatisfy { Float($0) != nil } }
            guard !columns.isEmpty else {
                throw CommandFailure(
                    message:
                        "\(listing.path(of: train)): the column '\(table.columns[others[0]])' has words, and no data set "
                        + "reads classes from a table; put the images of each class into a folder, or write a list of "
                        + "'path TAB index'")
            }
            let areFlags = columns.allSatisfy { cells($0).allSatisfy { Float($0) == 0 || Float($0) == 1 } }
            let names = columns.map { ConfigNode(.string(table.columns[$0])) }
            return DataLayout(
                dataset: node(
                    "table",
                    Split.allCases.map { ($0.rawValue, text(lists[$0].map { listing.path(of: $0) })) } + [
                        ("task", areFlags ? nil : text("regression")),
                        ("images", column == 0 ? nil : text(table.columns[column])),
                        ("columns", columns.count == others.count ? Optional.none : ConfigNode(.sequence(names))),
                        ("root", text(root.map { listing.path(of: $0) })),
                    ]),
                summary: areFlags ? "a table with a column for each class" : "a table of numbers",
                notes: areFlags ? [] : ["numbers of very different sizes are learned better on similar scales"])
        }
        return nil
    }
}

/// A text file with the name of a class on each line, beside the data.
struct ClassNameFile {
    /// The option `classes`.
    let option: (String, ConfigNode?)

    private static let names = ["classes.txt", "labels.txt", "class_names.txt", "names.txt"]

    /// Nil if there is none with at least so many lines.
    init?(in listing: FolderListing, besides lists: [String] = [], count: Int) {
        for name in Self.names where listing.files.contains(name) && !lists.contains(name) {
            guard let text = try? String(contentsOf: listing.url.appending(path: name), encoding: .utf8) else {
                continue
            }
            let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { !$0.isEmpty }
            guard lines.count >= count else { continue }
            let list = ConfigNode(.sequence(lines.map { ConfigNode(.string($0)) }))
            option = ("classes", list)
            return
        }
        return nil
    }
}
