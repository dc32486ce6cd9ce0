import NNLayers

extension ComponentKind<Void, NameMap> {
    /// How tensors of other frameworks' files are named.
    public static var nameMap: Self { Self("name_map") }
}

/// How the names of a file's tensors become those of a network of ours: a table.
///
/// A line has what a name in the file looks like, what the name becomes, and the layout of the tensor where it is
/// not ours:
///
/// ```text
/// # A ResNet of torchvision. The first line that fits a name counts.
/// batch_norm_epsilon = 1e-5
/// fc.*                         head.fc.*
/// *                            backbone.*
///
/// # A name of Keras, with a number that counts from 2, and what is left out.
/// block{n}_conv/kernel:0       backbone.block{n-1}.conv.weight      hwio
/// top_level_model_weights/*    -
/// ```
///
/// `*` stands for any characters, `{n}` (any letter) for digits; the result repeats them, in their order and by
/// their letter, and may add to a number or subtract from it. Lines `key = value` state what is the same for all
/// names:
///
/// ```text
/// batch_norm_epsilon = 1e-3    # What the network must be built with, as nothing in the file tells.
/// counted = conv2d             # See `counted`.
/// nested = true                # See `isNested`.
/// ```
public struct NameMap: Sendable {
    /// A line of the table.
    public struct Row: Sendable {
        /// What names it is for.
        public var pattern: NamePattern
        /// What the name becomes; nil leaves the tensor out.
        public var replacement: String?
        public var layout: WeightLayout
    }

    public var rows: [Row]
    /// What the network's batch norms must add to variances; nil where any value may do.
    public var batchNormEpsilon: Float?
    /// Names of layers that Keras has numbered through all that a program made: `conv2d`, or `conv2d_7`. Lines see
    /// the numbers from 1 without gaps, in the order of those in the file.
    public var counted: [String] = []
    /// Whether names may begin with those of networks that the one in question is a part of, `model_1/`.
    public var isNested = false

    /// Where a name of the file goes.
    public enum Target: Sendable, Equatable {
        case name(String, WeightLayout)
        case leftOut
        /// No line is for the name.
        case unknown
    }

    /// Reads a table.
    /// - Throws: ``NameMapError`` with the line.
    public init(_ text: String) throws(NameMapError) {
        rows = []
        // A Windows line end is one character, and not the one of Unix.
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let code = line.prefix { $0 != "#" }
            let fields = code.split(whereSeparator: \.isWhitespace).map(String.init)
            func failure(_ reason: String) -> NameMapError { NameMapError(line: index + 1, reason: reason) }
            if fields.isEmpty { continue }
            if fields.count == 3, fields[1] == "=" {
                if let reason = set(fields[0], to: fields[2]) { throw failure(reason) }
                continue
            }
            guard (2...3).contains(fields.count) else {
                throw failure("expected a name, what it becomes, and perhaps a layout; found \(fields.count) words")
            }
            var layout = WeightLayout.asIs
            if fields.count == 3 {
                guard let known = WeightLayout(rawValue: fields[2]) else {
                    let names = WeightLayout.allCases.map(\.rawValue)
                    throw failure("unknown layout '\(fields[2])'; " + NearestName.remedy(fields[2], among: names))
                }
                layout = known
            }
            let pattern: NamePattern
            let replacement = fields[1] == "-" ? nil : fields[1]
            do {
                pattern = try NamePattern(fields[0])
                if let replacement { try pattern.check(replacement) }
            } catch {
                throw failure(error.reason)
            }
            rows.append(Row(pattern: pattern, replacement: replacement, layout: layout))
        }
    }

    /// Takes a setting; returns what is wrong with it.
    private mutating func set(_ key: String, to value: String) -> String? {
        switch key {
        case "batch_norm_epsilon":
            guard let epsilon = Float(value), epsilon > 0 else {
                return "batch_norm_epsilon must be a number above 0, not '\(value)'"
            }
            batchNormEpsilon = epsilon
        case "counted": counted.append(value)
        case "nested":
            guard let flag = Bool(value) else { return "nested must be true or false, not '\(value)'" }
            isNested = flag
        default: return "unknown setting '\(key)'; known are batch_norm_epsilon, counted and nested"
        }
        return nil
    }

    /// Where the names of a file go, each by the first line that fits.
    public func targets(of names: [String]) -> [Target] {
        counted.reduce(names) { LayerCounter(layer: $1).renumbered($0) }.map(target(of:))
    }

    /// Where a name goes whose numbers need no counting; see ``targets(of:)``.
    func target(of name: String) -> Target {
        var letters = Array(name.utf8)[...]
        repeat {
            for row in rows {
                guard let match = row.pattern.match(letters) else { continue }
                guard let replacement = row.replacement else { return .leftOut }
                return .name(match.applied(to: replacement), row.layout)
            }
            guard isNested, let slash = letters.firstIndex(of: UInt8(ascii: "/")) else { return .unknown }
            letters = letters[(slash + 1)...]
        } while true
    }
}

extension NameMap {
    /// What a value of a network is called in files of the map, and its layout there; nil where no line tells.
    public func origin(of name: String) -> (name: String, layout: WeightLayout)? {
        let letters = Array(name.utf8)[...]
        for row in rows {
            // Numbers and texts that the replacement leaves out cannot be found again.
            guard let replacement = row.replacement, let result = try? NamePattern(replacement: replacement),
                result.starCount == row.pattern.starCount, let match = result.match(letters)
            else { continue }
            let origin = row.pattern.name(of: match)
            if target(of: origin) == .name(name, row.layout) { return (origin, row.layout) }
        }
        return nil
    }
}

/// A line of a table of names that cannot be read.
public struct NameMapError: Error, Sendable, CustomStringConvertible {
    public let line: Int
    public let reason: String

    public var description: String { "line \(line): \(reason)" }
}

/// In which order a file has the dimensions of a tensor.
public enum WeightLayout: String, Sendable, CaseIterable {
    /// As networks here have it: convolutions `[O, I / groups, KH, KW]`, dense layers `[O, I]`.
    case asIs = "as_is"
    /// Convolutions `[KH, KW, I, O]`, as TensorFlow and Keras have them.
    case hwio
    /// Depthwise convolutions `[KH, KW, C, M]`, which become `[C · M, 1, KH, KW]`.
    case depthwiseHWIO = "depthwise_hwio"
    /// Dense layers `[I, O]`.
    case io
    /// Dense layers that were written as 1x1 convolutions, `[1, 1, I, O]`.
    case denseHWIO = "dense_hwio"

    /// The shape that a tensor of this layout has here; nil if it cannot be of it.
    public func shape(of stored: Shape) -> Shape? {
        switch (self, stored.rank) {
        case (.asIs, _): stored
        case (.hwio, 4): [stored[3], stored[2], stored[0], stored[1]]
        case (.depthwiseHWIO, 4): [stored[2] * stored[3], 1, stored[0], stored[1]]
        case (.io, 2): [stored[1], stored[0]]
        case (.denseHWIO, 4) where stored[0] == 1 && stored[1] == 1: [stored[3], stored[2]]
        default: nil
        }
    }

    /// The tensor with its dimensions in our order. Its shape must be one that ``shape(of:)`` takes.
    public func converted(_ tensor: Tensor) -> Tensor {
        guard let shape = shape(of: tensor.shape) else {
            trap("WeightLayout.\(self): a tensor \(tensor.shape) cannot be of this layout")
        }
        return switch self {
        case .asIs: tensor
        case .hwio: tensor.transposed([3, 2, 0, 1])
        case .depthwiseHWIO: tensor.transposed([2, 3, 0, 1]).reshaped(shape)
        case .io: tensor.transposed([1, 0])
        case .denseHWIO: tensor.transposed([3, 2, 0, 1]).reshaped(shape)
        }
    }

    /// The tensor with its dimensions in the order of the file; the opposite of ``converted(_:)``. Nil if it cannot
    /// be of this layout.
    public func restored(_ tensor: Tensor) -> Tensor? {
        switch (self, tensor.rank) {
        case (.asIs, _): tensor
        case (.hwio, 4): tensor.transposed([2, 3, 1, 0])
        // One filter for each channel: several would need the number of channels to be told apart.
        case (.depthwiseHWIO, 4) where tensor.shape[1] == 1: tensor.transposed([2, 3, 0, 1])
        case (.io, 2): tensor.transposed([1, 0])
        case (.denseHWIO, 2): tensor.transposed([1, 0]).reshaped([1, 1, tensor.shape[1], tensor.shape[0]])
        default: nil
        }
    }
}
