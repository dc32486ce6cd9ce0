import Foundation
import NNLayers

/// The scene parsing benchmark of ADE20K (Zhou et al. 2017), `ADEChallengeData2016`: 150 classes.
///
/// The pictures of the test set have no masks, so that the validation split serves for both.
public struct ADE20K: DatasetSource {
    /// What a configuration may say.
    public struct Options: ComponentOptions {
        /// The folder `ADEChallengeData2016`, which holds `images` and `annotations`.
        public var path = ""
        /// The folder of each split in both.
        public var train = "training"
        public var validation = "validation"
        public var test = "validation"
        /// Makes everything that is none of the 150 classes a class before them; otherwise it is ignored.
        public var background = false

        public init() {}

        public func validate() throws {
            if path.isEmpty { throw OptionError("path", "must name the folder that holds images and annotations") }
        }
    }

    public let task = PredictionTask.segmentation
    private let options: Options
    private static let classCount = 150
    private static let ignoreIndex: UInt8 = 255

    public init(_ options: Options) { self.options = options }

    public func dataset(_ split: Split) throws -> any Dataset {
        let root = URL(configured: options.path, isDirectory: true)
        try root.requireFolder(option: "path")
        let name = split.choice(options.train, options.validation, options.test)
        let pairing = FolderPairing(
            images: root.appending(path: "images/\(name)", directoryHint: .isDirectory),
            masks: root.appending(path: "annotations/\(name)", directoryHint: .isDirectory))
        try pairing.images.requireFolder(option: split.rawValue)
        try pairing.masks.requireFolder(option: split.rawValue)
        let names = try Self.classNames(in: root)
        // Files have 0 for everything else, and the classes from 1 on.
        let shift: UInt8 = options.background ? 0 : 1
        let labels = (0...UInt8(Self.classCount)).map { $0 < shift ? Self.ignoreIndex : $0 - shift }
        return try MaskedFiles(
            pairs: pairing.pairs(), classes: ClassList(names: (options.background ? ["other"] : []) + names),
            ignoreIndex: Int(Self.ignoreIndex),
            reader: IndexMaskReader(labels: labels, expectation: "0 to \(Self.classCount)"))
    }

    /// The names in `objectInfo150.txt`, a table whose last column holds synonyms; numbers where it is missing.
    private static func classNames(in root: URL) throws(DatasetError) -> [String] {
        let file = root.appending(path: "objectInfo150.txt")
        guard file.isExistingFile else { return (1...classCount).map(String.init) }
        var names: [String] = []
        for (line, place) in try TextLines(file, remedy: "Unpack the archive again").dropFirst() {
            let columns = line.split(separator: "\t").map { $0.trimmingCharacters(in: .whitespaces) }
            guard columns.count >= 2, Int(columns[0]) == names.count + 1 else {
                throw DatasetError(
                    place: place, reason: "the line does not describe the class \(names.count + 1)",
                    remedy: "Unpack the archive again, or remove the file to number the classes")
            }
            let synonyms = columns[columns.count - 1]
            // The first synonym alone, where it does not stand for two classes.
            let short = String(synonyms.prefix { $0 != "," && $0 != ";" })
            names.append(names.contains(short) ? synonyms : short)
        }
        guard names.count == classCount else {
            throw DatasetError(
                place: file.path, reason: "it describes \(names.count) classes, not \(classCount)",
                remedy: "Unpack the archive again, or remove the file to number the classes")
        }
        return names
    }
}
