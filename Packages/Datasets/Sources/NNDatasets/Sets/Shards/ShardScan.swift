import Foundation

/// Which members of a sample are its image and its label.
struct ShardSelection: Sendable {
    /// The endings of images.
    var images: Set<String>
    /// The endings of labels, the first that a sample has; one that images have too is that of a mask only beside
    /// another image.
    var labels: [String]
    /// Whether the labels are masks.
    var hasMasks: Bool
    /// Whether these are the endings that follow from the data, by which indexes are written.
    var isAutomatic: Bool

    /// - Parameters:
    ///   - images: The endings of images; nil for those of all formats.
    ///   - label: The ending of labels; nil for what a sample has.
    ///   - sample: The endings of a sample; nil where none is known.
    init(images: [String]?, label: String?, sample: [String]?, _ reader: ImageReader) {
        self.images = images.map { Set($0.map { $0.lowercased() }) } ?? reader.fileExtensions
        isAutomatic = images == nil && label == nil
        let masks = reader.maskExtensions
        if let label = label?.lowercased() {
            labels = [label]
            hasMasks = Self.isMask(label, reader)
        } else {
            hasMasks = sample.map { !$0.contains("cls") } ?? false
            let named = ["mask", "seg"].flatMap { name in masks.sorted().map { "\(name).\($0)" } }
            labels = hasMasks ? named + ["png"] : ["cls"]
        }
    }

    /// Whether labels of an ending are masks.
    static func isMask(_ ending: String, _ reader: ImageReader) -> Bool {
        reader.maskExtensions.contains(String(ending.split(separator: ".").last ?? ""))
    }

    /// The image and the label among the members of a sample.
    func choose<Content>(
        of members: [(ending: String, content: Content)]
    ) -> (images: [(ending: String, content: Content)], label: (ending: String, content: Content)?) {
        let others = members.filter { images.contains($0.ending) }
        for ending in labels {
            guard let label = members.first(where: { $0.ending == ending }) else { continue }
            let rest = others.filter { $0.ending != ending }
            if !rest.isEmpty || !images.contains(ending) { return (rest, label) }
        }
        return (others, nil)
    }
}

/// Makes the index of a shard from its headers.
struct ShardScan {
    private var reader: TarReader
    private let file: ShardFile
    private let selection: ShardSelection
    private var index: ShardIndex
    private var key: ArraySlice<UInt8> = []
    private var members: [(ending: String, content: TarReader.Member)] = []

    /// One without a label should not decide what labels are.
    private static let examinedSamples = 16
    /// Longer labels are no classes.
    private static let longestLabel = 4096

    init(_ file: ShardFile, _ selection: ShardSelection) {
        self.file = file
        self.selection = selection
        reader = TarReader(file)
        index = ShardIndex(byteCount: file.byteCount, hasMasks: selection.hasMasks)
    }

    /// - Throws: ``DatasetError`` for a shard that is damaged or cut, a sample without its label or image, and labels
    ///   that cannot be.
    static func index(of file: ShardFile, _ selection: ShardSelection) throws(DatasetError) -> ShardIndex {
        var scan = ShardScan(file, selection)
        while let (key, ending, member) = try scan.next() {
            if key != scan.key { try scan.finish() }
            scan.key = key
            if scan.members.contains(where: { $0.ending == ending }) { throw scan.repeated(member) }
            scan.members.append((ending, member))
        }
        try scan.finish()
        return scan.index
    }

    /// The endings of the first sample with a label, among some; nil where none has one.
    static func firstEndings(
        of file: ShardFile, images: [String]?, _ reader: ImageReader
    ) throws(DatasetError) -> [String]? {
        let masks = ShardSelection(images: images, label: nil, sample: [], reader)
        var scan = ShardScan(file, masks)
        var (key, endings, count): (ArraySlice<UInt8>, [String], Int) = ([], [], 0)
        func hasLabel() -> Bool {
            endings.contains("cls") || masks.choose(of: endings.map { (ending: $0, content: 0) }).label != nil
        }
        while count < examinedSamples, let (next, ending, _) = try scan.next() {
            if next != key {
                if hasLabel() { return endings }
                (key, endings, count) = (next, [], count + 1)
            }
            endings.append(ending)
        }
        return hasLabel() ? endings : nil
    }

    /// The next member that belongs to a sample.
    private mutating func next() throws(DatasetError) -> (ArraySlice<UInt8>, String, TarReader.Member)? {
        while let member = try reader.next() {
            if let key = ShardKey(member.name) { return (key.key, key.ending, member) }
        }
        return nil
    }

    /// Adds the sample whose members were found. Samples of other things, such as notes, have neither image nor label.
    private mutating func finish() throws(DatasetError) {
        defer { members.removeAll(keepingCapacity: true) }
        let (images, label) = selection.choose(of: members)
        if images.isEmpty, label == nil { return }
        guard let image = images.first else { throw lacking("no image, \(endings(selection.images.sorted()))") }
        guard images.count == 1 else {
            throw wrong(
                "the sample '\(keyText)' has several images: \(images.map(\.ending).joined(separator: ", "))",
                "Set 'images' to the ending of those to use")
        }
        guard let label else { throw lacking("no label, \(endings(selection.labels))") }
        let (picture, other) = (image.content, label.content)
        let limit = Int(UInt32.max) * TarReader.blockSize
        guard max(picture.offset, other.offset) <= limit else {
            throw wrong("it is larger than 2 TB", "Write smaller shards")
        }
        for member in [picture] + (selection.hasMasks ? [other] : []) {
            guard 1...FileBytes.maximumByteCount ~= member.count else {
                throw wrong(
                    "'\(member.text)' has \(member.count) bytes, not from 1 to \(FileBytes.maximumByteCount)",
                    "Replace it, or leave the sample out")
            }
        }
        func headers(_ member: TarReader.Member) -> UInt16 {
            UInt16(clamping: (member.offset - member.start) / TarReader.blockSize)
        }
        index.entries.append(
            ShardIndex.Entry(
                image: UInt32(picture.offset / TarReader.blockSize), imageLength: UInt32(picture.count),
                label: UInt32(other.offset / TarReader.blockSize),
                value: selection.hasMasks ? UInt32(other.count) : try classIndex(other),
                imageHeaders: headers(picture), labelHeaders: headers(other)))
        index.keyHashes.append(ShardIndex.hash(ofKey: key))
    }

    /// The class index of a label; ``ShardIndex/Entry/named`` where it is a name.
    private func classIndex(_ label: TarReader.Member) throws(DatasetError) -> UInt32 {
        let text = try Self.text(of: label, in: file)
        guard let number = Int(text) else { return ShardIndex.Entry.named }
        guard number >= 0, number < Int(ShardIndex.Entry.named) else {
            throw wrong("the label '\(label.text)' is \(number)", "Write the index of a class, from 0 on")
        }
        return UInt32(number)
    }

    /// The text of a class.
    /// - Throws: ``DatasetError`` for an empty one, and for what is no text.
    static func text(of label: TarReader.Member, in file: ShardFile) throws(DatasetError) -> String {
        let bytes = label.count <= longestLabel ? file.bytes(at: label.offset, count: label.count) : []
        let text = String(validating: bytes, as: UTF8.self)?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        if text.isEmpty || text.contains("\0") {
            throw DatasetError(
                place: file.path, reason: "the label '\(label.text)' is neither a number nor a name",
                remedy: "Write the index of a class as text, or its name")
        }
        return text
    }

    private var keyText: String { TarReader.text(of: key) }

    private func endings(_ names: [String]) -> String {
        let shown = names.map { ".\($0)" }
        return shown.count == 1 ? shown[0] : shown.dropLast().joined(separator: ", ") + " or " + (shown.last ?? "")
    }

    private func wrong(_ reason: String, _ remedy: String) -> DatasetError {
        DatasetError(place: file.path, reason: reason, remedy: remedy)
    }

    private func lacking(_ what: String) -> DatasetError {
        let found = members.prefix(10).map { ".\($0.ending.prefix(50))" }.joined(separator: ", ")
        return wrong(
            "the sample '\(keyText)' at byte \(members.first?.content.start ?? 0) has \(what), but \(found) only",
            "Add it, or leave the sample out; all members of a sample stand together, as 'tar --sort=name' puts them")
    }

    private func repeated(_ member: TarReader.Member) -> DatasetError {
        wrong(
            "two samples have the key '\(keyText)': '\(member.text)' at byte \(member.start) is there before",
            "Give each sample a key of its own")
    }
}
