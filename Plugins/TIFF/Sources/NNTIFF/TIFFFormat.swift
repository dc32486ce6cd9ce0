import CNNTIFF
import NNCore
import NNDatasets
import NNLayers

/// Registers the format TIFF.
public struct TIFFPlugin: Plugin {
    /// `TIFF`.
    public let name = "TIFF"

    /// The plugin; there is nothing to set.
    public init() {}

    /// Registers the format; see `Plugin`.
    public func register(into registry: Registry) throws {
        try registry.register(
            .imageFormat, "tiff", summary: "TIFF and BigTIFF, any number of bands, 8 and 16 bits, floats"
        ) { TIFFFormat() }
    }
}

/// TIFF and BigTIFF, by libtiff: strips and tiles, bands stored together or apart, every compression that libtiff was built
/// with.
///
/// ```swift
/// let reader = ImageReader(formats: [TIFFFormat()], channels: 5)
/// let image = try reader.image(contentsOf: URL(filePath: "field.tif"))
/// ```
///
/// Samples of 1 to 8 bits become bytes and those of 16 bits words, black at 0; floats, signed integers and those of 32 and
/// 64 bits are floats as they are stored. Palettes are looked up, and CMYK is converted without a colour profile. Of a
/// file of several images, the first is read.
public struct TIFFFormat: ImageFormat {
    /// `TIFF`.
    public let name = "TIFF"
    /// `tif` and `tiff`.
    public let fileExtensions = ["tif", "tiff"]
    /// True: grey and palette files of whole numbers.
    public let storesMasks = true

    /// The format; there is nothing to set.
    public init() {}

    /// Whether the file starts as TIFF or BigTIFF, of either byte order.
    public func recognizes(_ beginning: [UInt8]) -> Bool {
        let isClassic = beginning.starts(with: [0x49, 0x49, 42, 0]) || beginning.starts(with: [0x4d, 0x4d, 0, 42])
        return isClassic || beginning.starts(with: [0x49, 0x49, 43, 0]) || beginning.starts(with: [0x4d, 0x4d, 0, 43])
    }

    /// What the first directory says.
    public func facts(of bytes: [UInt8]) -> ImageFacts {
        var facts = ImageFacts()
        var form = nn_tiff_form()
        if failure({ nn_tiff_read_form(bytes, bytes.count, false, &form, $0) }) == nil {
            facts.size = try? ImageReader.checkedSize(height: form.height, width: form.width, file: name)
            facts.isGrey = form.layout == NN_TIFF_GREY || form.layout == NN_TIFF_GREY_ALPHA
            facts.isTransparent = form.layout == NN_TIFF_RGBA || form.layout == NN_TIFF_GREY_ALPHA
            facts.isDeep = form.samples == NN_TIFF_WORDS
            facts.isFloat = form.samples == NN_TIFF_FLOATS
            facts.isCMYK = form.layout == NN_TIFF_CMYK
            facts.orientation = form.orientation == 0 ? nil : Int(form.orientation)
        }
        // libtiff does not tell of one that does not exist.
        facts.orientation = ImageOrientation.stored(inTIFF: bytes) ?? facts.orientation
        return facts
    }

    /// Decodes the first image; see `ImageFormat`.
    public func decode(_ bytes: [UInt8], file: String) throws(ImageError) -> DecodedImage {
        try decode(bytes, keepsIndices: false, file: file)
    }

    /// Decodes the stored numbers of the first image, grey or with a palette; see `ImageFormat`.
    public func decodeIndices(_ bytes: [UInt8], file: String) throws(ImageError) -> DecodedImage {
        var form = nn_tiff_form()
        let isReadable = failure { nn_tiff_read_form(bytes, bytes.count, false, &form, $0) } == nil
        if isReadable, let reason = failure({ nn_tiff_read_form(bytes, bytes.count, true, &form, $0) }) {
            throw ImageError(file: file, reason: reason, remedy: ImageError.notIndices(file).remedy)
        }
        let decoded = try decode(bytes, keepsIndices: true, file: file)
        // NumPy's integers of 32 and 64 bits come as floats.
        guard case .floats(let values) = decoded.samples else { return decoded }
        if let index = values.firstIndex(where: { !(0...65535 ~= $0) }) {
            let (row, column) = (index / decoded.size.width, index % decoded.size.width)
            throw ImageError(
                file: file, reason: "the pixel in row \(row), column \(column) has the label \(Int(values[index]))",
                remedy: "A mask holds labels from 0 to 255; number the classes anew")
        }
        return DecodedImage(
            size: decoded.size, channels: 1, layout: .grey, samples: .words(values.map { UInt16($0) }))
    }

    private func decode(_ bytes: [UInt8], keepsIndices: Bool, file: String) throws(ImageError) -> DecodedImage {
        var form = nn_tiff_form()
        if let message = failure({ nn_tiff_read_form(bytes, bytes.count, keepsIndices, &form, $0) }) {
            throw .damaged(file, message)
        }
        let size = try ImageReader.checkedSize(height: form.height, width: form.width, file: file)
        let channels = Int(form.channels)
        let (count, overflows) = size.area.multipliedReportingOverflow(by: channels)
        guard channels <= Image.maximumChannels, !overflows, count <= 4 * Image.maximumPixelCount else {
            throw .damaged(file, "its header claims \(size) pixels of \(channels) channels, which is too much")
        }
        var message: String?
        func values<Value>(_ zero: Value) -> [Value] {
            [Value](unsafeUninitializedCapacity: count) { buffer, filled in
                message = failure {
                    nn_tiff_decode(bytes, bytes.count, keepsIndices, &form, buffer.baseAddress!, $0)
                }
                filled = count
            }
        }
        let samples: DecodedImage.Samples =
            switch form.samples {
            case NN_TIFF_BYTES: .bytes(values(UInt8(0)))
            case NN_TIFF_WORDS: .words(values(UInt16(0)))
            default: .floats(values(Float(0)))
            }
        if let message { throw .damaged(file, message) }
        if form.layout == NN_TIFF_CMYK {
            return DecodedImage(size: size, channels: 3, layout: .rgb, samples: samples.colorsOfInks)
        }
        let layout: DecodedImage.Layout =
            switch form.layout {
            case NN_TIFF_GREY: .grey
            case NN_TIFF_GREY_ALPHA: .greyAlpha
            case NN_TIFF_RGB: .rgb
            case NN_TIFF_RGBA: .rgba
            default: .bands
            }
        return DecodedImage(size: size, channels: channels, layout: layout, samples: samples)
    }

    /// The message of a C function that fails; nil where it succeeds.
    private func failure(_ body: (UnsafeMutablePointer<CChar>) -> Bool) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NN_TIFF_MESSAGE_LENGTH)) { buffer in
            buffer.initialize(repeating: 0)
            return body(buffer.baseAddress!) ? nil : String(cString: buffer.baseAddress!)
        }
    }
}

extension DecodedImage.Samples {
    /// Red, green and blue of cyan, magenta, yellow and black: what the inks let through of white.
    fileprivate var colorsOfInks: Self {
        switch self {
        case .bytes(let inks): .bytes(Self.colors(of: inks))
        case .words(let inks): .words(Self.colors(of: inks))
        case .floats: self
        }
    }

    private static func colors<Value: FixedWidthInteger>(of inks: [Value]) -> [Value] {
        let one = Int(Value.max)
        let count = inks.count / 4 * 3
        return [Value](unsafeUninitializedCapacity: count) { colors, filled in
            for index in 0..<count {
                let pixel = 4 * (index / 3)
                let product = (one - Int(inks[pixel + index % 3])) * (one - Int(inks[pixel + 3]))
                (colors.baseAddress! + index).initialize(to: Value((product + one / 2) / one))
            }
            filled = count
        }
    }
}
