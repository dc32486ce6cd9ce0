@_spi(Text) import NNLayers

/// A problem that a ``DataCheck`` found.
public struct Finding: Hashable, Sendable, Codable {
    /// The severity of a finding.
    public enum Severity: String, Sendable, Codable, CaseIterable {
        /// Training would fail or learn wrong labels.
        case error
        /// Training is possible, but probably not as intended.
        case warning
        /// Worth knowing.
        case note
    }

    /// The kind of a finding.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// A split that cannot be opened or has no samples.
        case unusableSplit = "unusable_split"
        /// A file that is missing, empty, truncated, damaged or of another format.
        case unreadable
        /// A mask that is an RGB image.
        case colorMask = "color_mask"
        /// A mask of 0 and 255 instead of 0 and 1.
        case blackAndWhiteMask = "black_and_white_mask"
        /// A mask of another size than its image.
        case sizeMismatch = "size_mismatch"
        /// An image that the transforms cannot take, or that they give another size than the rest of its batch.
        case unfitSize = "unfit_size"
        /// An image whose channels or bits a transform does not take.
        case unfitImage = "unfit_image"
        /// Masks whose palettes show other colours than those of the classes or of other masks.
        case palette
        /// A label that is not the index of a class.
        case labelOutOfRange = "label_out_of_range"
        /// A class without a training sample.
        case missingClass = "missing_class"
        /// An image that is in another split too.
        case sharedImage = "shared_picture"
        /// An image with two labels.
        case contradiction
        /// An image that is in a split several times.
        case repeatedImage = "repeated_picture"
        /// A class that is far rarer than another.
        case imbalance
        /// Image files that are not read.
        case unreadFiles = "unread_files"
        /// Images that are grey, transparent, rotated or the like.
        case unusualImage = "unusual_picture"
    }

    /// A pixel of a mask, with its label.
    public struct Pixel: Hashable, Sendable, Codable {
        /// The column, from 0.
        public var x: Int
        /// The row, from 0.
        public var y: Int
        /// The label.
        public var value: Int
    }

    /// How much it matters.
    public var severity: Severity
    /// What kind of problem it is.
    public let kind: Kind
    /// The split it was found in.
    public let split: Split
    /// The index of the sample; nil for a finding about several.
    public var sample: Int?
    /// The path of the file, or another description of the place.
    public let file: String
    /// What is wrong.
    public let message: String
    /// How to fix it.
    public let remedy: String
    /// The pixel of a mask.
    public var pixel: Pixel?

    static let blackAndWhiteRemedy =
        "Save 1 instead of 255, or read such masks by 'binary_masks: true' of the data set"

    init(
        _ severity: Severity, _ kind: Kind, _ split: Split, sample: Int? = nil, file: String, _ message: String,
        remedy: String, pixel: Pixel? = nil
    ) {
        self.severity = severity
        self.kind = kind
        self.split = split
        self.sample = sample
        self.file = file
        self.message = message
        self.remedy = remedy
        self.pixel = pixel
    }
}

extension Finding: CustomStringConvertible {
    public var description: String { "\(file): \(message). \(remedy).".onOneLine }
}
