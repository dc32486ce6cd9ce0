import NNCore

extension DecodedImage {
    /// The image with the channels and bits that a data set asks for.
    /// - Parameters:
    ///   - wanted: The number of channels: 1 is grey, 3 is red, green and blue, 4 has opacity besides or is any four bands;
    ///     any other number is that of the file's bands.
    ///   - keepsBits: Whether 16 bits become floats from 0 to 1, and not bytes.
    ///   - blends: Whether transparent pixels are blended with white where opacity is not asked for; they stay as they are
    ///     otherwise.
    /// - Throws: ``ImageError`` for another number of bands, and floats that are not finite.
    func image(
        channels wanted: Int, keepsBits: Bool, blends: Bool = true, file: String
    ) throws(ImageError) -> Image {
        guard let plan = Plan(from: layout, channels, to: wanted) else {
            throw ImageError(
                file: file,
                reason: "it has \(channels) channel\(channels == 1 ? "" : "s"), and the data set \(wanted)",
                remedy: "Set 'channels: \(channels)' if all images have as many, or convert the file")
        }
        switch samples {
        case .bytes(let values):
            return Image(
                size: size, channels: wanted,
                pixels: plan.converted(values, wanted, blends: blends) { UInt8(truncatingIfNeeded: $0) })
        case .words(let values) where !keepsBits:
            // Rounded: 65535 / 255 is 257.
            let bytes = values.map { UInt8((UInt32($0) + 128) / 257) }
            return Image(
                size: size, channels: wanted,
                pixels: plan.converted(bytes, wanted, blends: blends) { UInt8(truncatingIfNeeded: $0) })
        case .words(let values):
            let converted = plan.converted(values, wanted, blends: blends) { UInt16(truncatingIfNeeded: $0) }
            return Image(size: size, channels: wanted, floats: converted.map { Float($0) / 65535 })
        case .floats(let values):
            if let index = values.firstIndex(where: { !$0.isFinite }) {
                let pixel = index / channels
                throw ImageError(
                    file: file,
                    reason: "the pixel in row \(pixel / size.width), column \(pixel % size.width) is \(values[index])",
                    remedy: "Replace such values, which usually stand for missing data, by a number")
            }
            return Image(size: size, channels: wanted, floats: plan.converted(values, wanted, blends: blends))
        }
    }

    /// How the channels of a file become those that are asked for.
    private struct Plan {
        /// The channels of the file.
        let count: Int
        let isGrey: Bool
        let hasAlpha: Bool
        /// Nothing is to be done.
        let isSame: Bool

        /// Nil where there is no conversion.
        init?(from layout: Layout, _ count: Int, to wanted: Int) {
            self.count = count
            isSame = count == wanted
            // Bands that are as many as colours are taken for them.
            let layout = layout == .bands && count == 1 ? .grey : layout == .bands && count == 3 ? .rgb : layout
            isGrey = layout == .grey || layout == .greyAlpha
            hasAlpha = layout == .greyAlpha || layout == .rgba
            if !isSame, layout == .bands || ![1, 3, 4].contains(wanted) { return nil }
        }

        /// Whole numbers.
        func converted<Value: FixedWidthInteger & UnsignedInteger>(
            _ values: [Value], _ wanted: Int, blends: Bool, narrow: (UInt64) -> Value
        ) -> [Value] {
            let one = UInt64(Value.max)
            return converted(
                values, wanted, blends: blends, opaque: .max,
                blend: { narrow((UInt64($0) * UInt64($1) + one * (one - UInt64($1)) + one / 2) / one) },
                luminance: {
                    // The weights of ITU-R BT.601 in 1/65536, as in Pillow.
                    let sum: UInt64 = 19595 * UInt64($0) + 38470 * UInt64($1) + 7471 * UInt64($2) + 0x8000
                    return narrow(sum >> 16)
                })
        }

        /// Floats.
        func converted(_ values: [Float], _ wanted: Int, blends: Bool) -> [Float] {
            converted(
                values, wanted, blends: blends, opaque: 1, blend: { $0 * $1 + (1 - $1) },
                luminance: { 0.299 * $0 + 0.587 * $1 + 0.114 * $2 })
        }

        private func converted<Value>(
            _ values: [Value], _ wanted: Int, blends: Bool, opaque: Value, blend: (Value, Value) -> Value,
            luminance: (Value, Value, Value) -> Value
        ) -> [Value] {
            if isSame { return values }
            let area = values.count / count
            let colors = isGrey ? 1 : 3
            let blends = blends && hasAlpha && wanted < 4
            return [Value](unsafeUninitializedCapacity: area * wanted) { result, initializedCount in
                values.withUnsafeBufferPointer { source in
                    for pixel in 0..<area {
                        let from = pixel * count
                        func color(_ channel: Int) -> Value {
                            let value = source[from + (isGrey ? 0 : channel)]
                            return blends ? blend(value, source[from + colors]) : value
                        }
                        let to = result.baseAddress! + pixel * wanted
                        if wanted == 1 {
                            to.initialize(to: isGrey ? color(0) : luminance(color(0), color(1), color(2)))
                        } else {
                            for channel in 0..<3 { (to + channel).initialize(to: color(channel)) }
                            if wanted == 4 { (to + 3).initialize(to: hasAlpha ? source[from + colors] : opaque) }
                        }
                    }
                }
                initializedCount = area * wanted
            }
        }
    }
}
