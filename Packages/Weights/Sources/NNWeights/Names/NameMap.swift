import NNLayers

extension ComponentKind<Void, NameMap> {
    /// Name maps of other frameworks' files.
    public static var nameMap: Self { Self("name_map") }
}

/// A table that translates the tensor names of a file into those of a network.
///
/// The tables of published networks are ``builtIn``; loading finds the one that fits. A custom table has a line for each
/// kind of name: the name in the file, the name in the network, and the layout of the tensor if it is not that of the
/// network.
///
/// A name that several lines become is exported by the first of them that can be read backwards: one that keeps all that
/// its `*` and numbers stand for.
///
/// ```text
/// # A ResNet of torchvision. The first line that matches a name applies.
/// batch_norm_epsilon = 1e-5
/// fc.*                         head.fc.*
/// *                            backbone.*
///
/// # A name of Keras, with a number that counts from 2, and one that is left out.
/// block{n}_conv/kernel:0       backbone.block{n-1}.conv.weight      hwio
/// top_level_model_weights/*    -
/// ```
///
/// `*` matches any characters and `{n}`, with any letter, digits. The new name repeats them, texts in their order and
/// numbers by their letter, and may add to a number or subtract from it. Lines `key = value` are settings. Those of the
/// network and of its images say what the weights were trained with, which no file states; weights are not loaded into a
/// network of another setting, unless by force:
///
/// ```text
/// batch_norm_epsilon = 1e-3    # The epsilon of all batch norms.
/// batch_norm_scale = false     # Whether batch norms have a scale.
/// backbone.activation = relu   # The activation after convolutions.
/// backbone.strided_padding = tensorflow       # Any option of the backbone that it states as a weight option.
/// backbone.residual = true  if  *.attn.*      # One that depends on a name in the file; the last that holds applies.
/// input.mean = 0.5,0.5,0.5                    # The normalization of pixels from 0 to 1, and the order of channels.
/// input.standard_deviation = 0.5,0.5,0.5
/// input.channels = bgr
/// counted = conv2d             # Layers that Keras numbers across a program: lines see numbers from 1 without gaps.
/// nested = true                # Whether names may start with those of enclosing models, such as model_1/.
/// ```
public struct NameMap: Sendable {
    /// The target of a name of the file.
    public enum Target: Sendable, Equatable {
        /// The name in the network, and the layout of the tensor in the file.
        case name(String, WeightLayout)
        /// The tensor is left out.
        case leftOut
        /// No line matches the name.
        case unknown
    }

    /// The name of the map in configurations and messages.
    public internal(set) var name: String
    /// One line about the networks that the map is for, with the options to build them with.
    public private(set) var summary = ""
    /// What the images were like that the weights were trained with; nil if the map does not say.
    public var input: InputSettings? {
        guard let mean, let deviation else { return nil }
        return InputSettings(mean: mean, standardDeviation: deviation, isBGR: isBGR)
    }
    private var mean: [Float]?
    private var deviation: [Float]?
    private var isBGR = false
    /// What the network must be built with, and a pattern of names on which that depends.
    private var requirements: [(setting: NetworkSetting, condition: NamePattern?)] = []
    private(set) var rows: [Row] = []
    /// The names of layers that are numbered across a program, such as `conv2d`; lines see them numbered from 1 on.
    @_spi(Internal) public private(set) var counted: [String] = []
    private var isNested = false

    /// Reads a table; messages call it by the name.
    /// - Throws: ``NameMapError`` with the line.
    public init(_ text: String, name: String = "custom") throws(NameMapError) {
        self.name = name
        for (index, fields) in Self.lines(of: text).enumerated() where !fields.isEmpty {
            do throws(NamePattern.Violation) {
                if fields.count == 3, fields[1] == "=" {
                    try set(fields[0], to: fields[2])
                } else if fields.count == 5, fields[1] == "=", fields[3] == "if" {
                    try require(fields[0], fields[2], if: NamePattern(fields[4]))
                } else {
                    rows.append(try Row(fields))
                }
            } catch {
                throw NameMapError(line: index + 1, reason: error.reason)
            }
        }
    }

    /// The fields of each line, without comments.
    private static func lines(of text: String) -> [[String]] {
        var text = text
        let ascii = text.withUTF8 { letters in letters.allSatisfy { $0 < 0x80 } ? fields(ofASCII: letters) : nil }
        if let ascii { return ascii }
        // A Windows line end is one character, and not the one of Unix.
        return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { line in
            line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
        }
    }

    /// The same for letters of one byte. Every start of the tool reads all tables, which by characters was 29 % of the
    /// samples of `nn predict` with ResNet-20.
    private static func fields(ofASCII letters: UnsafeBufferPointer<UInt8>) -> [[String]] {
        let newline = UInt8(ascii: "\n")
        let carriageReturn = UInt8(ascii: "\r")
        // The other two are the vertical tab and the form feed.
        func endsLine(_ letter: UInt8) -> Bool { (newline...carriageReturn).contains(letter) }
        func separates(_ letter: UInt8) -> Bool { letter == UInt8(ascii: " ") || letter == UInt8(ascii: "\t") }
        var lines: [[String]] = []
        var start = 0
        while start <= letters.count {
            let rest = letters[start...]
            let end = rest.firstIndex(where: endsLine) ?? letters.count
            let code = letters[start..<end].prefix { $0 != UInt8(ascii: "#") }
            lines.append(code.split(whereSeparator: separates).map { String(decoding: $0, as: UTF8.self) })
            let isPair = end + 1 < letters.count && letters[end] == carriageReturn && letters[end + 1] == newline
            start = end + (isPair ? 2 : 1)
        }
        return lines
    }

    /// A table of this library.
    init(builtIn name: String, _ summary: String, table: String) {
        do {
            try self.init(table, name: name)
        } catch {
            trap("NameMap '\(name)': \(error)")
        }
        let settings = settings()
        self.summary = settings.isEmpty ? summary : "\(summary) (\(NetworkSetting.lines(settings)))"
    }

    private mutating func set(_ key: String, to value: String) throws(NamePattern.Violation) {
        switch key {
        case "input.mean": mean = try Self.numbers(key, value)
        case "input.standard_deviation":
            deviation = try Self.numbers(key, value)
            if deviation?.contains(where: { $0 <= 0 }) == true {
                throw .init(reason: "\(key) must be numbers above 0, not '\(value)'")
            }
        case "input.channels":
            guard ["rgb", "bgr"].contains(value) else {
                throw .init(reason: "\(key) must be rgb or bgr, not '\(value)'")
            }
            isBGR = value == "bgr"
        case "counted": counted.append(value)
        case "nested":
            guard let flag = Bool(value) else {
                throw .init(reason: "nested must be true or false, not '\(value)'")
            }
            isNested = flag
        default: try require(key, value, if: nil)
        }
    }

    private mutating func require(
        _ key: String, _ value: String, if condition: NamePattern?
    ) throws(NamePattern.Violation) {
        switch key {
        case NetworkSetting.epsilon:
            guard let epsilon = Float(value), epsilon > 0 else {
                throw .init(reason: "\(key) must be a number above 0, not '\(value)'")
            }
        case NetworkSetting.scale:
            guard Bool(value) != nil else { throw .init(reason: "\(key) must be true or false, not '\(value)'") }
        case _ where key.hasPrefix(NetworkSetting.backbone) && key != NetworkSetting.backbone: break
        default:
            throw .init(
                reason: "unknown setting '\(key)'; known are batch_norm_epsilon, batch_norm_scale, backbone.OPTION, "
                    + "input.mean, input.standard_deviation, input.channels, counted and nested")
        }
        requirements.append((NetworkSetting(key, value), condition))
    }

    /// A number for each channel, separated by commas.
    private static func numbers(_ key: String, _ value: String) throws(NamePattern.Violation) -> [Float] {
        let parts = value.split(separator: ",", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Float($0) }.filter(\.isFinite)
        guard numbers.count == parts.count else {
            throw .init(reason: "\(key) must be numbers separated by commas, without spaces, not '\(value)'")
        }
        return numbers
    }

    /// What the network must be built with for the weights of a file.
    /// - Parameter names: The names of the file; by default none, so that what depends on names does not count.
    public func settings(for names: [String] = []) -> [NetworkSetting] {
        var settings: [NetworkSetting] = []
        for (setting, condition) in requirements {
            if let condition, !names.contains(where: { condition.match(Array($0.utf8)[...]) != nil }) { continue }
            settings.removeAll { $0.key == setting.key }
            settings.append(setting)
        }
        return settings
    }

    /// The targets of the names of a file, each by the first line that matches.
    public func targets(of names: [String]) -> [Target] {
        counted.reduce(names) { LayerCounter(layer: $1).renumbered($0) }.map(target(of:))
    }

    /// The target of a name without numbers to count; see ``targets(of:)``.
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

    /// The name and layout that a value of the network has in files of the map; nil if no line applies.
    public func origin(of name: String) -> (name: String, layout: WeightLayout)? {
        let letters = Array(name.utf8)[...]
        for row in rows {
            // Numbers and texts that the replacement drops cannot be restored.
            guard let result = row.result, result.starCount == row.pattern.starCount,
                let match = result.match(letters)
            else { continue }
            let origin = row.pattern.name(of: match)
            guard target(of: origin) == .name(name, row.layout) else { continue }
            return (counted.reduce(origin) { LayerCounter(layer: $1).shown($0) }, row.layout)
        }
        return nil
    }

    /// The line for a value of the network, as `name replacement`; nil if there is none.
    ///
    /// Where ``origin(of:)`` is nil, this is a line by which the value can be read from files and not written to one.
    @_spi(Internal) public func line(for name: String) -> String? {
        let letters = Array(name.utf8)[...]
        return rows.first { $0.result?.match(letters) != nil }?.text
    }
}

/// A line of a name map that cannot be read.
public struct NameMapError: Error, Sendable, CustomStringConvertible {
    /// The number of the line, from 1.
    public let line: Int
    /// What is wrong with it.
    public let reason: String

    /// The line and the reason.
    public var description: String { "line \(line): \(reason)" }
}
