import Foundation
@_spi(Text) @_spi(Internal) import NNCore
import NNLayers

/// A sample as the files that a shard has of it.
struct ShardSample: Sendable {
    /// What is beside the image.
    enum Label: Sendable {
        case classIndex(Int)
        case mask([UInt8])

        var isMask: Bool { if case .mask = self { true } else { false } }
    }

    let key: String
    let image: [UInt8]
    /// The ending of the image.
    let ending: String
    let label: Label

    /// Its members in the order in which they stand: as sorted by name.
    var members: [(name: String, bytes: [UInt8])] {
        let imageMember = (name: "\(key).\(ending)", bytes: image)
        switch label {
        case .classIndex(let index): return [(name: "\(key).cls", bytes: Array("\(index)".utf8)), imageMember]
        // A PNG beside another image is its mask, one beside a PNG has to say so.
        case .mask(let bytes) where ending == "png": return [(name: "\(key).mask.png", bytes: bytes), imageMember]
        case .mask(let bytes): return [imageMember, (name: "\(key).png", bytes: bytes)]
        }
    }

    /// How many bytes it takes in a shard.
    var byteCount: Int {
        members.reduce(0) { $0 + TarReader.blockSize + ShardWriter.padded($1.bytes.count) }
    }

    /// Reads the samples of a data set as files.
    struct Reader: Sendable {
        let dataset: any Dataset

        private static let longestName = 60

        /// - Throws: ``ImageError`` for a sample that cannot be read or is no image.
        func sample(at index: Int) throws -> ShardSample {
            let files = dataset.files(at: index)
            let number = ShardExport.digits(index, 8)
            if files.isEmpty { return try generated(at: index, key: number) }
            let bytes = try dataset.bytes(ofFile: 0, at: index)
            let reader = dataset.imageReader
            guard let format = reader.formats.first(where: { $0.recognizes(bytes) }) else {
                // The reader says what it is instead.
                _ = try reader.image(encoded: bytes, file: files[0])
                throw ImageError(file: files[0], reason: "its format is unknown", remedy: "Convert it")
            }
            let ending = (files[0] as NSString).pathExtension.lowercased()
            return ShardSample(
                key: "\(number)-\(Self.name(files[0]))", image: bytes,
                ending: format.fileExtensions.contains(ending) ? ending : format.fileExtensions.first ?? ending,
                label: try label(at: index, image: bytes, files))
        }

        private func label(at index: Int, image: [UInt8], _ files: [String]) throws -> Label {
            switch try dataset.target(at: index) {
            case .label(let label): return .classIndex(label)
            case .values: throw Self.noLabel(files[0])
            case .mask(let mask):
                // Reading the whole sample says more about masks of another size.
                if let size = dataset.imageReader.size(of: image), size != mask.size {
                    _ = try dataset.sample(at: index)
                }
                if files.count > 1 {
                    let bytes = try dataset.bytes(ofFile: 1, at: index)
                    let isPNG = PNGFormat().recognizes(bytes)
                    let stored = isPNG ? try? ImageReader().mask(encoded: bytes, file: files[1]) : nil
                    if stored == mask { return .mask(bytes) }
                }
                return .mask(try mask.encodedPNG(file: files[0], palette: dataset.classColors))
            }
        }

        /// A sample that is not in files.
        private func generated(at index: Int, key: String) throws -> ShardSample {
            let sample = try dataset.sample(at: index)
            let image = sample.image
            guard image.floats == nil, [1, 3, 4].contains(image.channels) else {
                throw DatasetError(
                    place: sample.name,
                    reason: "an image of \(image.channels) channels"
                        + (image.floats == nil ? "" : " of floats") + " is in no file, and cannot be written as PNG",
                    remedy: "Keep such data in its own form")
            }
            let label: Label
            switch sample.target {
            case .label(let index): label = .classIndex(index)
            case .mask(let mask): label = .mask(try mask.encodedPNG(file: sample.name, palette: dataset.classColors))
            case .values: throw Self.noLabel(sample.name)
            }
            return ShardSample(
                key: key, image: try image.encodedPNG(file: sample.name), ending: "png", label: label)
        }

        private static func noLabel(_ file: String) -> DatasetError {
            DatasetError(
                place: file, reason: "it has several values, and shards hold a class or a mask for each image",
                remedy: "Keep such data in its own form")
        }

        /// The name of a file without its ending, of letters that every program takes.
        private static func name(_ path: String) -> String {
            let stem = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
            return String(
                stem.unicodeScalars.prefix(longestName).map { scalar in
                    let isPlain =
                        scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789-_".contains("\(scalar)"))
                    return isPlain ? Character(scalar) : "_"
                })
        }
    }
}

/// Writes a shard: ustar without times and owners, so that equal samples give equal files.
final class ShardWriter {
    private let url: URL
    private var file: AtomicFile
    private var index: ShardIndex

    private static let blockSize = TarReader.blockSize

    init(_ url: URL, hasMasks: Bool) throws(TensorFileError) {
        self.url = url
        file = try AtomicFile(url)
        index = ShardIndex(byteCount: 0, hasMasks: hasMasks)
    }

    var sampleCount: Int { index.entries.count }
    var byteCount: Int { index.byteCount }

    func add(_ sample: ShardSample) throws(TensorFileError) {
        var (image, label) = (0, 0)
        for (name, bytes) in sample.members {
            let offset = index.byteCount + Self.blockSize
            if name == "\(sample.key).\(sample.ending)" { image = offset } else { label = offset }
            try write(Self.header(name: name, count: bytes.count))
            try write(bytes)
            try write([UInt8](repeating: 0, count: Self.padded(bytes.count) - bytes.count))
        }
        let value =
            switch sample.label {
            case .classIndex(let index): index
            case .mask(let bytes): bytes.count
            }
        index.entries.append(
            ShardIndex.Entry(
                image: UInt32(image / Self.blockSize), imageLength: UInt32(sample.image.count),
                label: UInt32(label / Self.blockSize), value: UInt32(value), imageHeaders: 1, labelHeaders: 1))
        index.keyHashes.append(ShardIndex.hash(ofKey: sample.key.utf8))
    }

    /// Ends the shard, puts it in its place, and writes its index.
    func finish() throws(TensorFileError) -> ShardReport.Shard {
        try write([UInt8](repeating: 0, count: 2 * Self.blockSize))
        try file.commit()
        try index.write(beside: url)
        return ShardReport.Shard(name: url.lastPathComponent, samples: sampleCount, bytes: byteCount)
    }

    private func write(_ bytes: [UInt8]) throws(TensorFileError) {
        let failure = bytes.withUnsafeBytes { buffer -> TensorFileError? in
            do throws(TensorFileError) {
                try file.write(buffer)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
        index.byteCount += bytes.count
    }

    static func padded(_ count: Int) -> Int { (count + blockSize - 1) / blockSize * blockSize }

    /// The header of a file that its owner writes and all read, of the beginning of time.
    static func header(name: String, count: Int) -> [UInt8] {
        require(name.utf8.count <= 100, "ShardWriter: the name '\(name)' is too long")
        var header = [UInt8](repeating: 0, count: blockSize)
        func set(_ text: String, at offset: Int) {
            header.replaceSubrange(offset..<(offset + text.utf8.count), with: text.utf8)
        }
        func octal(_ number: Int, _ width: Int) -> String { ShardExport.digits(number, width, radix: 8) }
        set(name, at: 0)
        set(octal(0o644, 7), at: 100)
        set(octal(0, 7), at: 108)
        set(octal(0, 7), at: 116)
        set(octal(count, 11), at: 124)
        set(octal(0, 11), at: 136)
        set("        ", at: 148)
        set("0", at: 156)
        set("ustar\u{0}00", at: 257)
        let sum = header.reduce(0) { $0 + Int($1) }
        set(octal(sum, 6) + "\u{0} ", at: 148)
        return header
    }
}
