import Foundation
@_spi(Text) import NNCore
import NNLayers

/// How image files become images: the formats that are read, the number of channels and bits, the orientation, and whether
/// they may be decoded at a fraction of their size.
///
/// ```swift
/// let reader = ImageReader(formats: [TIFFFormat()], channels: 5)
/// let image = try reader.image(contentsOf: URL(filePath: "field.tif"))
/// ```
public struct ImageReader: Sendable {
    /// The formats, which recognize files by their first bytes: PNG and JPEG, and others that were given.
    public let formats: [any ImageFormat]
    /// The number of channels of every image.
    public let channels: Int
    /// 8 to scale 16 bits to 8, 16 to keep them as floats from 0 to 1; nil for 8 with three channels, else 16.
    public let bits: Int?
    /// Whether the EXIF orientation is applied to images. Masks stay as they are stored.
    public let orientation: OrientationPolicy
    /// The indices of the channels that are shown as red, green and blue; nil for the first three, or for grey.
    public let viewChannels: [Int]?
    /// Whether samples are decoded at a fraction of their size where their transforms need no more.
    public let decoding: DecodingPolicy

    /// - Parameters:
    ///   - formats: Formats beside PNG and JPEG, none by default.
    ///   - channels: The number of channels, 3 by default: red, green and blue. 1 is grey, 4 has opacity or is any four
    ///     bands; other files must have as many bands.
    ///   - bits: 8 to scale 16 bits to 8, 16 to keep them; by default 8 with three channels, else 16.
    ///   - orientation: Whether the EXIF orientation is applied, as by default.
    ///   - viewChannels: The channels that are shown as red, green and blue, by default the first three.
    ///   - decoding: Whether samples are decoded at a fraction of their size where their transforms need no more; by
    ///     default always whole. Configurations have ``DecodingPolicy/reduced``.
    public init(
        formats: [any ImageFormat] = [], channels: Int = 3, bits: Int? = nil, orientation: OrientationPolicy = .apply,
        viewChannels: [Int]? = nil, decoding: DecodingPolicy = .full
    ) {
        let builtIn: [any ImageFormat] = [JPEGFormat(), PNGFormat()]
        self.formats = builtIn + formats.filter { format in !builtIn.contains { $0.name == format.name } }
        self.channels = channels
        self.bits = bits
        self.orientation = orientation
        self.viewChannels = viewChannels
        self.decoding = decoding
        requireOptions("ImageReader") { try Self.check(channels: channels, bits: bits, viewChannels: viewChannels) }
    }

    /// Checks the options of a data set.
    static func check(channels: Int, bits: Int?, viewChannels: [Int]?) throws(OptionError) {
        guard 1...Image.maximumChannels ~= channels else {
            throw OptionError(
                "channels",
                "must be from 1 to \(Image.maximumChannels), such as 1 for grey and 3 for colours, "
                    + "not \(channels)")
        }
        if let bits, bits != 8, bits != 16 { throw OptionError("bits", "must be 8 or 16, not \(bits)") }
        guard let viewChannels else { return }
        guard viewChannels.count == 3, viewChannels.allSatisfy({ 0..<channels ~= $0 }) else {
            throw OptionError(
                "view_channels",
                "must be three indices from 0 to \(channels - 1), for red, green and blue, not \(viewChannels)")
        }
    }

    /// The reader with all formats of a registry.
    /// - Throws: `ConfigError` for a format that cannot be made.
    @_spi(Internal) public func withFormats(of registry: Registry) throws(ConfigError) -> ImageReader {
        var formats: [any ImageFormat] = []
        for name in registry.names(of: .imageFormat) {
            formats.append(try registry.build(.imageFormat, from: ConfigNode(.string(name))))
        }
        return ImageReader(
            formats: formats, channels: channels, bits: bits, orientation: orientation, viewChannels: viewChannels,
            decoding: decoding)
    }

    /// Reads an image. Its format is recognized by its first bytes, not by its name.
    /// - Throws: ``ImageError`` where the file is missing, empty, damaged, truncated, of another format or of another number
    ///   of channels.
    public func image(contentsOf url: URL) throws(ImageError) -> Image {
        try image(encoded: FileBytes.read(url.path), file: url.path)
    }

    /// Decodes an image file in memory.
    /// - Parameter file: The name for errors.
    /// - Throws: ``ImageError`` where it is damaged, truncated, of another format or of another number of channels.
    public func image(encoded bytes: [UInt8], file: String) throws(ImageError) -> Image {
        try sample(encoded: bytes, file: file, target: .label(0), name: file, atLeast: nil).image
    }

    /// Reads an image as a sample. With ``DecodingPolicy/reduced`` it may be decoded at a fraction of its size; the sample
    /// knows its whole one by ``Sample/fullSize``.
    /// - Parameters:
    ///   - target: What is to be predicted for the image.
    ///   - name: The name in errors of transforms; nil, the default, for the path.
    ///   - size: What both sides of the image must have at least, unless the file has less: what
    ///     `decodingSize` says of the list of transforms that follow. Nil, the default, for all pixels.
    /// - Throws: ``ImageError``, as ``image(contentsOf:)`` does.
    public func sample(
        contentsOf url: URL, target: Target, name: String? = nil, atLeast size: Size? = nil
    ) throws(ImageError) -> Sample {
        let path = url.path
        return try sample(
            encoded: FileBytes.read(path), file: path, target: target, name: name ?? path, atLeast: size)
    }

    private func sample(
        encoded bytes: [UInt8], file: String, target: Target, name: String, atLeast size: Size?
    ) throws(ImageError) -> Sample {
        let format = try format(of: bytes, file: file)
        let memory = DecodingMemory(bytes, channels: channels, format, file: file)
        return try memory.whenThereIsEnough { () throws(ImageError) in
            let reduces = decoding == .reduced && !target.isMask && size != nil
            let facts = orientation == .apply || reduces ? format.facts(of: bytes) : ImageFacts()
            let turn = orientation == .apply ? facts.orientation.flatMap(ImageOrientation.init) : nil
            let decoded: DecodedImage
            if let size, reduces, facts.size != nil {
                let exchanges = turn?.exchangesSides == true
                let stored = exchanges ? Size(height: size.width, width: size.height) : size
                decoded = try format.decode(bytes, file: file, atLeast: stored)
            } else {
                decoded = try format.decode(bytes, file: file)
            }
            let stored = try decoded.image(channels: channels, keepsBits: keepsBits, file: file)
            let reduction = facts.size.flatMap { full in
                decoded.scale < 1 ? Reduction(of: full, to: decoded.size, scale: decoded.scale, turned: turn) : nil
            }
            return Sample(
                image: turn.map(stored.turned) ?? stored, target: target, name: name, reduction: reduction)
        }
    }

    /// Reads the colours of a mask as RGB of 8 bits, opaque and as they are stored.
    func maskColors(contentsOf url: URL) throws(ImageError) -> Image {
        try maskColors(encoded: FileBytes.read(url.path), file: url.path)
    }

    /// Decodes the colours of a mask in memory as RGB of 8 bits, opaque and as they are stored.
    func maskColors(encoded bytes: [UInt8], file: String) throws(ImageError) -> Image {
        let format = try format(of: bytes, file: file)
        let memory = DecodingMemory(bytes, channels: 3, format, file: file)
        return try memory.whenThereIsEnough { () throws(ImageError) in
            try format.decode(bytes, file: file)
                .image(channels: 3, keepsBits: false, blends: false, file: file)
        }
    }

    /// Reads a mask as one channel of the stored numbers, from a format that stores them exactly; the colours of a palette
    /// do not matter.
    /// - Throws: ``ImageError``, also for colours, transparency and numbers above 255.
    public func mask(contentsOf url: URL) throws(ImageError) -> Image {
        try mask(encoded: FileBytes.read(url.path), file: url.path)
    }

    /// Decodes a mask in memory as one channel of the stored numbers.
    /// - Parameter file: The name for errors.
    /// - Throws: ``ImageError``, also for colours, transparency and numbers above 255.
    public func mask(encoded bytes: [UInt8], file: String) throws(ImageError) -> Image {
        let exact = formats.filter(\.storesMasks)
        guard let format = exact.first(where: { $0.recognizes(bytes) }) else {
            let names = exact.map(\.name).joined(separator: " or ")
            throw ImageError(
                file: file, reason: "it is not a \(names) file, and only \(names) stores a mask exactly",
                remedy: "Save the mask as an 8-bit palette or grey PNG")
        }
        let memory = DecodingMemory(bytes, channels: 1, format, file: file)
        let decoded = try memory.whenThereIsEnough { () throws(ImageError) in
            try format.decodeIndices(bytes, file: file)
        }
        switch decoded.samples {
        case .bytes(let indices): return Image(size: decoded.size, channels: 1, pixels: indices)
        case .words(let indices):
            if let index = indices.firstIndex(where: { $0 > 255 }) {
                throw ImageError(
                    file: file,
                    reason:
                        "the pixel in row \(index / decoded.size.width), column \(index % decoded.size.width) has the "
                        + "label \(indices[index])",
                    remedy: "A mask holds labels from 0 to 255; number the classes anew")
            }
            return Image(size: decoded.size, channels: 1, pixels: indices.map { UInt8($0) })
        case .floats: throw .notIndices(file)
        }
    }

    private func format(of bytes: [UInt8], file: String) throws(ImageError) -> any ImageFormat {
        if let format = formats.first(where: { $0.recognizes(bytes) }) { return format }
        if let other = FileStandIn(bytes) {
            throw ImageError(file: file, reason: "it is \(other.description)", remedy: other.remedySentence)
        }
        let others = formats.map(\.name).filter { $0 != "PNG" && $0 != "JPEG" }.sorted()
        let found = UnreadFiles.formatName(of: bytes).map { ", but \($0)" } ?? ""
        throw ImageError(
            file: file,
            reason: "it is neither a PNG nor a JPEG file" + others.map { ", nor \($0)" }.joined() + found,
            remedy: "Convert it to one of them, or remove it from the data set")
    }

    /// Whether samples of 16 bits become floats from 0 to 1, and floats of files are kept; otherwise all become bytes.
    @_spi(Internal) public var keepsBits: Bool { (bits ?? (channels == 3 ? 8 : 16)) == 16 }

    /// What is seen of an image: the channels to view as an RGB image of bytes.
    public func view(of image: Image) -> Image { image.view(channels: viewChannels) }

    /// An RGB image of bytes as one of grey, if images have one channel; otherwise as it is.
    @_spi(Internal) public func adapted(_ image: Image) -> Image {
        guard channels == 1, image.channels == 3 else { return image }
        let decoded = DecodedImage(size: image.size, channels: 3, layout: .rgb, samples: .bytes(image.pixels))
        return (try? decoded.image(channels: 1, keepsBits: false, file: "")) ?? image
    }

    /// The images of a folder at any depth, by their endings, relative to it and sorted by path, and those that are not
    /// read. Hidden ones are skipped.
    /// - Parameter others: Further endings that are listed, such as those of videos.
    public func files(in folder: URL, besides others: [String] = []) -> (paths: [String], unread: UnreadFiles) {
        FolderContents(folder: folder).imageFiles(fileExtensions.union(others))
    }

    /// The endings of files that are listed, in lower case.
    public var fileExtensions: Set<String> { Set(formats.flatMap(\.fileExtensions)) }

    /// The endings of masks.
    var maskExtensions: Set<String> { Set(formats.filter(\.storesMasks).flatMap(\.fileExtensions)) }

    /// The endings in words: `.jpg, .jpeg or .png`.
    var extensionText: String {
        let names = formats.flatMap(\.fileExtensions).map { ".\($0)" }
        return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    }

    /// A size that a header claims.
    /// - Throws: ``ImageError`` for an empty one, and above ``Image/maximumPixelCount``.
    public static func checkedSize(height: Int64, width: Int64, file: String) throws(ImageError) -> Size {
        let (area, overflows) = height.multipliedReportingOverflow(by: width)
        guard height > 0, width > 0, !overflows, area <= Int64(Image.maximumPixelCount) else {
            throw .damaged(
                file, "its header claims \(height)x\(width) pixels; at most \(Image.maximumPixelCount) can be read")
        }
        return Size(height: Int(height), width: Int(width))
    }
}

/// Whether the EXIF orientation of images is applied.
public enum OrientationPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// Images are turned as viewers show them.
    case apply
    /// Images stay as they are stored.
    case ignore
}

extension Image {
    /// An RGB image of bytes to look at.
    /// - Parameter channels: The channels that become red, green and blue; nil for the first three, or for grey where there
    ///   are fewer. Floats outside 0 to 1 are stretched from their smallest to their largest finite value; NaN is black.
    public func view(channels shown: [Int]? = nil) -> Image {
        let shown = shown ?? (channels < 3 ? [0, 0, 0] : [0, 1, 2])
        require(
            shown.count == 3 && shown.allSatisfy { 0..<channels ~= $0 }, "view: no channels \(shown) of \(channels)")
        guard let floats else {
            if channels == 3, shown == [0, 1, 2] { return self }
            let pixels = pixels
            return Image(size: size, channels: 3) { result in
                for pixel in 0..<size.area {
                    for index in 0..<3 { result[3 * pixel + index] = pixels[pixel * channels + shown[index]] }
                }
            }
        }
        // In Double, where no difference of floats is infinite.
        var (low, high) = (0.0, 1.0)
        for value in floats where value.isFinite { (low, high) = (min(low, Double(value)), max(high, Double(value))) }
        let scale = 255 / (high - low)
        return Image(size: size, channels: 3) { result in
            for pixel in 0..<size.area {
                for index in 0..<3 {
                    let value = (Double(floats[pixel * channels + shown[index]]) - low) * scale + 0.5
                    result[3 * pixel + index] = value.isNaN ? 0 : UInt8(min(max(value, 0), 255))
                }
            }
        }
    }
}
