import Foundation

/// The image files of folders that are not read, counted by the reason: those of other formats and images whose ending is
/// none of a format by their ending, and those that no sample has by where they lie.
public struct UnreadFiles: Hashable, Sendable {
    /// Why an image that could be read belongs to no sample.
    public enum Place: String, Sendable, CaseIterable {
        /// It lies beside the folders of the classes.
        case outsideClasses = "outside the class folders"
        /// Its name does not fit the pattern of names that contain a class.
        case otherName = "whose names do not fit the pattern"
        /// No image has the name of the mask.
        case maskOfNone = "in the mask folder without an image"
        /// Another mask has its name with another ending.
        case secondMask = "in the mask folder beside another of the same name"
    }

    /// The number of files of each ending that is not read, in lower case and with the dot; empty for names without one.
    public private(set) var endings: [String: Int] = [:]
    /// The number of files that could be read, by where they lie.
    public private(set) var places: [Place: Int] = [:]
    /// The path of one of them; nil if there are none.
    public private(set) var example: String?

    /// No files.
    public init() {}

    /// The number of files.
    public var count: Int { endings.values.reduce(0, +) + places.values.reduce(0, +) }

    /// Adds those of another folder.
    public mutating func add(_ other: UnreadFiles) {
        endings.merge(other.endings, uniquingKeysWith: +)
        places.merge(other.places, uniquingKeysWith: +)
        example = [example, other.example].compactMap { $0 }.min()
    }

    /// Adds a file, unless it is not one of an image: one that is known by its ending or by its first bytes.
    mutating func add(unlisted path: String) {
        guard let beginning = Self.beginning(of: path) else { return }
        let ending = (path as NSString).pathExtension.lowercased()
        guard Self.imageEndings.contains(ending) || Self.formatName(of: beginning) != nil else { return }
        endings[ending.isEmpty ? "" : ".\(ending)", default: 0] += 1
        example = [example, path].compactMap { $0 }.min()
    }

    /// Adds an image that could be read, and that no sample has.
    mutating func add(_ path: String, _ place: Place) {
        places[place, default: 0] += 1
        example = [example, path].compactMap { $0 }.min()
    }

    /// The files in words, such as `3 image files are not read: 2 .bmp, 1 .gif`; nil if there are none.
    public var text: String? {
        guard count > 0 else { return nil }
        let named =
            endings.map { (name: $0.key.isEmpty ? "without an ending" : $0.key, count: $0.value) }
            + places.map { (name: $0.key.rawValue, count: $0.value) }
        let parts = named.sorted { ($1.count, $0.name) < ($0.count, $1.name) }.map { "\($0.count) \($0.name)" }
        return "\(count) image file\(count == 1 ? " is" : "s are") not read: \(parts.joined(separator: ", "))"
    }

    /// The first bytes of a file; nil for a folder, and what cannot be read.
    private static func beginning(of path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = read(file, &bytes, bytes.count)
        return Array(bytes.prefix(max(count, 0)))
    }

    /// The endings of images that some program writes. Those that are read are not asked for here.
    static let imageEndings: Set<String> = [
        "jpg", "jpeg", "jpe", "jfif", "jif", "png", "apng", "tif", "tiff", "webp", "bmp", "dib", "gif", "heic", "heif",
        "hif", "avif", "jp2", "j2k", "jpx", "jxl", "jxr", "ico", "tga", "pcx", "ppm", "pgm", "pbm", "pnm", "pam", "psd",
        "svg", "exr", "hdr", "dng", "cr2", "cr3", "nef", "arw", "orf", "rw2", "raf", "raw", "dcm", "mpo", "qoi",
    ]

    /// The format of an image by its first bytes; nil for anything else.
    static func formatName(of bytes: [UInt8]) -> String? {
        func begins(_ prefix: [UInt8], at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: prefix) }
        if begins([0xff, 0xd8, 0xff]) { return "JPEG" }
        if begins([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) { return "PNG" }
        if begins(Array("GIF8".utf8)) { return "GIF" }
        // The size of the second header of a bitmap is its version.
        if begins(Array("BM".utf8)), bytes.count > 15, [12, 40, 52, 56, 64, 108, 124].contains(bytes[14]) {
            return "BMP"
        }
        if begins(Array("RIFF".utf8)), begins(Array("WEBP".utf8), at: 8) { return "WebP" }
        let tiffs: [[UInt8]] = [[0x49, 0x49, 42, 0], [0x4d, 0x4d, 0, 42], [0x49, 0x49, 43, 0], [0x4d, 0x4d, 0, 43]]
        if tiffs.contains(where: { begins($0) }) { return "TIFF" }
        if begins(Array("ftyp".utf8), at: 4) {
            let brand = String(decoding: bytes.dropFirst(8).prefix(4), as: UTF8.self)
            if ["heic", "heix", "hevc", "heim", "heis", "mif1", "msf1"].contains(brand) { return "HEIC" }
            if ["avif", "avis"].contains(brand) { return "AVIF" }
            return nil
        }
        if begins([0, 0, 0, 0x0c, 0x6a, 0x50, 0x20, 0x20]) { return "JPEG 2000" }
        if begins([0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20]) || begins([0xff, 0x0a]) { return "JPEG XL" }
        return begins(Array("8BPS".utf8)) ? "Photoshop" : nil
    }
}
