/// What is unusual about an image file, according to its headers.
struct ImageTraits: OptionSet, Hashable {
    let rawValue: Int

    static let grey = ImageTraits(rawValue: 1)
    static let transparent = ImageTraits(rawValue: 2)
    static let sixteenBits = ImageTraits(rawValue: 4)
    static let cmyk = ImageTraits(rawValue: 8)
    /// The EXIF orientation requires a rotation.
    static let rotated = ImageTraits(rawValue: 16)
    /// The EXIF orientation is not one of 1 to 8.
    static let wrongOrientation = ImageTraits(rawValue: 32)

    static let rotatedRemedy = "Rotate the pixels of such images, as 'exiftran -ai' or 'mogrify -auto-orient' do"

    /// The traits that matter, each with how such images are read and how to fix them.
    static func descriptions(_ reader: ImageReader) -> [(trait: ImageTraits, message: String, remedy: String)] {
        let asIntended = "Nothing needs to be done if that is intended"
        var all = [
            (
                ImageTraits.cmyk, "CMYK, and converted to RGB without a colour profile",
                "Convert them with the profile of their printer"
            ),
            (
                .wrongOrientation,
                "stored with an EXIF orientation that does not exist (valid are 1 to 8), which is "
                    + "ignored", "Look at such images, and remove the entry, as 'exiftool -Orientation=' does"
            ),
        ]
        if reader.channels >= 3 { all.append((.grey, "grey, and read as three equal channels", asIntended)) }
        if reader.channels == 1 || reader.channels == 3 {
            let remedy = "Blend them with another background if white is not intended"
            all.append((.transparent, "partly transparent, and blended with white", remedy))
        }
        if !reader.keepsBits {
            all.append((.sixteenBits, "of 16 bits a channel, and scaled to 8", "Set 'bits: 16' to keep them"))
        }
        if reader.orientation == .ignore {
            all.append((.rotated, "stored with an EXIF orientation, which is not applied", rotatedRemedy))
        } else {
            all.append(
                (
                    .rotated, "stored with an EXIF orientation, and turned by it",
                    "Set 'orientation: ignore' if they must stay as they are stored"
                ))
        }
        return all
    }

    init(rawValue: Int) { self.rawValue = rawValue }

    init(_ facts: ImageFacts) {
        self = []
        if facts.isGrey { insert(.grey) }
        if facts.isTransparent { insert(.transparent) }
        if facts.isDeep { insert(.sixteenBits) }
        if facts.isCMYK { insert(.cmyk) }
        guard let orientation = facts.orientation, orientation != 1 else { return }
        insert(ImageOrientation(rawValue: orientation) == nil ? .wrongOrientation : .rotated)
    }
}
