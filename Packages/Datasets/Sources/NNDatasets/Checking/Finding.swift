/// Something that a check of the data found.
public struct Finding: Hashable, Sendable, Codable {
    /// How much a finding matters.
    public enum Severity: String, Sendable, Codable, CaseIterable {
        /// Training would fail, or learn what is wrong.
        case error
        /// Training is possible, but hardly what was meant.
        case warning
        /// What is worth knowing.
        case note
    }

    /// What is the matter.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// A split that cannot be used, or has no samples.
        case unusableSplit = "unusable_split"
        /// A file that is missing, empty, cut short, damaged or of another kind.
        case unreadable
        /// A mask that is a picture in colours.
        case colorMask = "color_mask"
        /// A mask of 0 and 255 in place of 0 and 1.
        case blackAndWhiteMask = "black_and_white_mask"
        /// A mask in another size than its picture.
        case sizeMismatch = "size_mismatch"
        /// A label that no class has.
        case labelOutOfRange = "label_out_of_range"
        /// A class without a training sample.
        case missingClass = "missing_class"
        /// A picture of the training split in another split.
        case sharedImage = "shared_picture"
        /// One picture under two classes.
        case contradiction
        /// A picture several times in one split.
        case repeatedImage = "repeated_picture"
        /// A class that is many times rarer than another.
        case imbalance
        /// Pictures that are grey, transparent, turned or the like.
        case unusualImage = "unusual_picture"
    }

    /// A pixel of a mask, with its label.
    public struct Pixel: Hashable, Sendable, Codable {
        /// The column, from 0.
        public var x: Int
        /// The row, from 0.
        public var y: Int
        public var value: Int
    }

    public var severity: Severity
    public let kind: Kind
    public let split: Split
    /// The number of the sample in its split; nil for a finding about many.
    public var sample: Int?
    /// The path of the file, or what else tells the place.
    public let file: String
    /// What is wrong.
    public let message: String
    /// What can be done about it.
    public let remedy: String
    /// Where in the mask.
    public var pixel: Pixel?

    static let blackAndWhiteRemedy =
        "Save 1 in place of 255, or have such masks read by 'binary_masks: true' of the data set"

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
    public var description: String { "\(file): \(message). \(remedy)." }
}
