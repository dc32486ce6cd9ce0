import Foundation
@_spi(Text) import NNLayers

/// Images listed in a CSV file, with columns of labels: 1 and 0 for several classes in an image, or numbers.
///
/// ```
/// image,cat,dog
/// a.jpg,1,0
/// "b, dark.jpg",1,
/// ```
///
/// The first line names the columns. Paths are relative to the file. An empty cell is an unknown value, which losses and
/// metrics leave out. The format is that of RFC 4180; a byte order mark and line ends of Windows are accepted.
///
/// ```swift
/// let train = try TableFile(path: "train.csv", task: .regression, columns: ["age"])
/// ```
public struct TableFile: Dataset {
    public let classNames: [String]
    public let labelKind: LabelKind
    public let imageReader: ImageReader
    private let paths: [String]
    private let values: [TargetValues]

    /// - Parameters:
    ///   - path: The CSV file.
    ///   - task: What the columns are: 1 and 0 for `.multiLabel`, numbers for `.regression`, or a task of a plugin with
    ///     such labels.
    ///   - images: The column of the paths; nil for the first one.
    ///   - columns: The columns of labels in the order of the outputs; nil for all others.
    ///   - root: The folder that paths are relative to; nil for that of the file.
    ///   - reader: How files are read: as RGB of 8 bits by default.
    /// - Throws: ``DatasetError`` with the line, for a file that is missing or malformed, lacks a column or has a cell that
    ///   is no label.
    public init(
        path: String, task: PredictionTask = .multiLabel, images: String? = nil, columns: [String]? = nil,
        root: String? = nil, reader: ImageReader = ImageReader()
    ) throws(DatasetError) {
        requireOptions("TableFile") {
            try Self.check(task)
            try Self.check(images: images, columns: columns)
        }
        let table = try CSVTable(URL(configured: path, isDirectory: false))
        let root = root.map { URL(configured: $0, isDirectory: true) }
        try root?.checkFolder(option: "root")
        let folder = root ?? table.file.deletingLastPathComponent()
        let imageColumn = try images.map { (name) throws(DatasetError) in try table.index(of: name) } ?? 0
        let names = columns ?? table.columns.indices.filter { $0 != imageColumn }.map { table.columns[$0] }
        if names.isEmpty {
            throw DatasetError(
                place: "\(table.file.path):1", reason: "there is no column but '\(table.columns[imageColumn])'",
                remedy: "Add columns of labels, and separate columns by commas")
        }
        let indices = try names.map { (name) throws(DatasetError) in try table.index(of: name) }
        if table.rows.isEmpty {
            throw DatasetError(place: table.file.path, reason: "it lists no images", remedy: "Add a row for each image")
        }
        var (paths, values): ([String], [TargetValues]) = ([], [])
        for row in table.rows {
            guard !row.cells[imageColumn].isEmpty else {
                throw DatasetError(
                    place: table.place(of: row), reason: "the column '\(table.columns[imageColumn])' is empty",
                    remedy: "Write the path of the image")
            }
            paths.append(folder.file(row.cells[imageColumn]).path)
            var floats: [Float] = []
            for index in indices { floats.append(try table.value(at: index, of: row, as: task)) }
            values.append(TargetValues(floats))
        }
        (self.paths, self.values) = (paths, values)
        classNames = names
        imageReader = reader
        labelKind = task.labels
    }

    fileprivate static func check(_ task: PredictionTask) throws(OptionError) {
        if task.labels == .classes || task.isDense {
            throw OptionError(
                "task",
                "must be multi_label or regression, or a plugin's task with flags or numbers for each image, not "
                    + "\(task.rawValue); 'map_file' and 'class_folders' have images of one class")
        }
    }

    fileprivate static func check(images: String?, columns: [String]?) throws(OptionError) {
        guard let columns else { return }
        if columns.isEmpty { throw OptionError("columns", "must name columns of labels, or be left out") }
        if Set(columns).count < columns.count { throw OptionError("columns", "names a column twice") }
        if let images, columns.contains(images) {
            throw OptionError("columns", "names '\(images)', which is the column of the images")
        }
    }

    public var count: Int { paths.count }
    public func files(at index: Int) -> [String] { [paths[index]] }
    public func target(at index: Int) -> Target { .values(values[index]) }

    public func sample(at index: Int) throws -> Sample {
        try imageReader.sample(
            contentsOf: URL(filePath: paths[index]), target: .values(values[index]), name: paths[index])
    }

    public func sample(at index: Int, atLeast size: Size) throws -> Sample {
        try imageReader.sample(
            contentsOf: URL(filePath: paths[index]), target: .values(values[index]), name: paths[index], atLeast: size)
    }
}

extension TableFile {
    /// Options of ``TableFile``, with a file for each split.
    struct Options: BuildableOptions {
        /// The CSV file of the training images.
        var train: String?
        /// The CSV file of the validation images.
        var validation: String?
        /// The CSV file of the test images.
        var test: String?
        /// `multi_label`: columns of 1 and 0 for each class; `regression`: columns of numbers; or a task that a plugin
        /// registers, with such labels.
        var task: Component<Void, PredictionTask> = "multi_label"
        /// The column of the paths; nil for the first one.
        var images: String?
        /// The columns of labels in the order of the outputs; nil for all others of the training file.
        var columns: [String]?
        /// The folder that paths are relative to; nil for that of the file.
        var root: String?
        /// The number of channels: 3 for colours, 1 for grey, 4 with opacity; files of other bands must have as many.
        var channels = 3
        /// 8 to scale samples of 16 bits to 8, 16 to keep them; null for 8 with three channels and 16 with others.
        var bits: Int?
        /// Whether the EXIF orientation of images is applied: `apply`, or `ignore` to leave them as they are stored.
        var orientation = OrientationPolicy.apply
        /// The indices of the channels that are shown as red, green and blue; null for the first three.
        var viewChannels: [Int]?
        /// Whether JPEG files are decoded at a fraction of their size where the first transform makes images smaller, which
        /// is faster: `reduced`, or `full`.
        var decoding = DecodingPolicy.reduced

        init() {}

        func validate() throws {
            if train == nil && validation == nil && test == nil {
                throw OptionError("train", "must name the CSV file of the training images")
            }
            try TableFile.check(images: images, columns: columns)
            try ImageReader.check(channels: channels, bits: bits, viewChannels: viewChannels)
        }

        mutating func resolveComponents(in registry: Registry) throws { _ = try task(in: registry) }

        func build(_: Void, in registry: Registry) throws -> any DatasetSource {
            let reader = ImageReader(
                channels: channels, bits: bits, orientation: orientation, viewChannels: viewChannels,
                decoding: decoding)
            return Source(
                options: self, task: try task(in: registry), imageReader: try reader.withFormats(of: registry))
        }

        private func task(in registry: Registry) throws -> PredictionTask {
            let task = try registry.build(.task, task)
            try TableFile.check(task)
            return task
        }
    }

    /// The splits of a configuration.
    private struct Source: DatasetSource {
        let options: Options
        let task: PredictionTask
        let imageReader: ImageReader

        var pathOptions: [String] { ["train", "validation", "test", "root"] }

        func dataset(_ split: Split) throws -> any Dataset {
            let (train, images, root) = (options.train, options.images, options.root)
            guard let path = split.choice(train: train, validation: options.validation, test: options.test) else {
                throw DatasetError(
                    place: "table", reason: "no file is given for the split '\(split.rawValue)'",
                    remedy: "Set '\(split.rawValue)' to a CSV file, or \(DatasetError.divisionAdvice(split))")
            }
            var columns = options.columns
            if columns == nil, split != .train, let train {
                // Another order of columns in the other files would be another order of outputs.
                columns = try TableFile(path: train, task: task, images: images, root: root).classNames
            }
            return try TableFile(
                path: path, task: task, images: images, columns: columns, root: root, reader: imageReader)
        }
    }
}

extension CSVTable {
    /// The index of a column.
    /// - Throws: ``DatasetError`` unless there is one of this name.
    fileprivate func index(of name: String) throws(DatasetError) -> Int {
        let indices = columns.indices.filter { columns[$0] == name }
        if indices.count == 1 { return indices[0] }
        throw DatasetError(
            place: "\(file.path):1",
            reason: indices.isEmpty ? "there is no column '\(name)'" : "\(indices.count) columns are named '\(name)'",
            remedy: indices.isEmpty
                ? "Name another; " + NearestName.remedy(name, among: columns) : "Give each column a name of its own")
    }

    /// The label in a cell; NaN for an empty one.
    fileprivate func value(at index: Int, of row: Row, as task: PredictionTask) throws(DatasetError) -> Float {
        let text = row.cells[index].trimmingCharacters(in: .whitespaces)
        if text.isEmpty { return .nan }
        func wrong(_ reason: String, _ remedy: String) -> DatasetError {
            DatasetError(
                place: place(of: row), reason: "the column '\(columns[index])' has '\(text)', \(reason)", remedy: remedy
            )
        }
        // Not every text that Swift reads as a number is meant as one: nan, infinity, 0x1p3.
        let isPlain = text.allSatisfy { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
        guard isPlain, let value = Float(text) else {
            throw wrong("which is no number", "Write a number, or nothing where the value is unknown")
        }
        if value.isInfinite {
            throw wrong("which is too large for float32", "Write a smaller number, such as one of another unit")
        }
        if task.labels == .flags, value != 0, value != 1 {
            throw wrong(
                "which is neither 0 nor 1",
                "Write 0 or 1, or nothing where it is unknown; numbers need 'task: regression'")
        }
        return value
    }
}
