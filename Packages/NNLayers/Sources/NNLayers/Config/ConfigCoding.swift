/// The name of a Swift property in a configuration: `weightDecay` becomes `weight_decay`.
enum ConfigKey {
    private static let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
    private static let smalls = UInt8(ascii: "a")...UInt8(ascii: "z")

    /// Inserts an underscore before each capitalized word: `useBNBias` becomes `use_bn_bias`, `conv2DBias` becomes
    /// `conv2d_bias`. Letters beyond ASCII stay as they are.
    static func snakeCase(_ name: String) -> String {
        // Called for each key of each component: properties of `Character` took a tenth of the time of a check.
        let letters = Array(name.utf8)
        guard letters.contains(where: capitals.contains) else { return name }
        var result: [UInt8] = []
        for (index, letter) in letters.enumerated() {
            guard capitals.contains(letter) else {
                result.append(letter)
                continue
            }
            if index > 0, letters[index - 1] != UInt8(ascii: "_") {
                let beginsWord = index + 1 < letters.count && smalls.contains(letters[index + 1])
                if smalls.contains(letters[index - 1]) || beginsWord { result.append(UInt8(ascii: "_")) }
            }
            result.append(letter + 32)
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// A dictionary, whose keys appear in a configuration unchanged, unlike the properties of a type.
protocol StringKeyedDictionary {}
extension Dictionary: StringKeyedDictionary where Key == String {}

/// The key under which a class encodes its superclass.
struct ConfigSuperKey: CodingKey {
    var stringValue: String { "super" }
    var intValue: Int? { nil }
    init() {}
    init?(stringValue: String) { nil }
    init?(intValue: Int) { nil }
}

/// A type that a configuration represents as a scalar.
protocol ConfigScalar {
    /// - Throws: ``ConfigError/Problem`` if the node holds another type.
    init(scalar node: ConfigNode) throws(ConfigError.Problem)

    /// Replaces a value that could not be read, so that decoding can continue and find further problems.
    static var placeholder: Self { get }

    /// The content of a node for this value.
    var scalarContent: ConfigNode.Content { get }
}

extension ConfigError.Problem {
    fileprivate static func expected(_ type: String, found node: ConfigNode) -> Self {
        /// A number that would be one without quotes.
        func isQuoted(_ text: String) -> Bool {
            type == "an integer" ? Int(text) != nil : type != "a string" && Double(text)?.isFinite == true
        }
        let remedy: String? =
            switch node.content {
            case .string(let text) where isQuoted(text): "remove the quotes"
            case .boolean, .integer, .float: type == "a string" ? "put it in quotes" : nil
            default: nil
            }
        return Self("expected \(type), found \(node)", remedy: remedy, at: node)
    }
}

extension Bool: ConfigScalar {
    init(scalar node: ConfigNode) throws(ConfigError.Problem) {
        guard case .boolean(let value) = node.content else { throw .expected("true or false", found: node) }
        self = value
    }
    static var placeholder: Bool { false }
    var scalarContent: ConfigNode.Content { .boolean(self) }
}

extension String: ConfigScalar {
    init(scalar node: ConfigNode) throws(ConfigError.Problem) {
        if case .string(let value) = node.content {
            self = value
        } else if let words = node.words {
            self = words
        } else {
            throw .expected("a string", found: node)
        }
    }
    static var placeholder: String { "" }
    var scalarContent: ConfigNode.Content { .string(self) }
}

extension Double: ConfigScalar {
    init(scalar node: ConfigNode) throws(ConfigError.Problem) {
        switch node.content {
        case .float(let value): self = value
        case .integer(let value): self = Double(value)
        default: throw .expected("a number", found: node)
        }
    }
    static var placeholder: Double { 0 }
    var scalarContent: ConfigNode.Content { .float(self) }
}

extension Float: ConfigScalar {
    init(scalar node: ConfigNode) throws(ConfigError.Problem) {
        let value = try Double(scalar: node)
        self = Float(value)
        if value.isFinite, !isFinite { throw .init("\(value) is too large for a float32", at: node) }
    }
    static var placeholder: Float { 0 }
    // Through the description, so that 0.1 stays 0.1 and does not become 0.10000000149.
    var scalarContent: ConfigNode.Content { .float(Double(description) ?? Double(self)) }
}

extension ConfigScalar where Self: FixedWidthInteger {
    init(scalar node: ConfigNode) throws(ConfigError.Problem) {
        guard case .integer(let value) = node.content else { throw .expected("an integer", found: node) }
        guard let result = Self(exactly: value) else {
            throw .init("\(value) is outside \(Self.min)...\(Self.max)", at: node)
        }
        self = result
    }
    static var placeholder: Self { 0 }
    var scalarContent: ConfigNode.Content { Int(exactly: self).map { .integer($0) } ?? .float(Double(self)) }
}

extension Int: ConfigScalar {}
extension Int8: ConfigScalar {}
extension Int16: ConfigScalar {}
extension Int32: ConfigScalar {}
extension Int64: ConfigScalar {}
extension UInt: ConfigScalar {}
extension UInt8: ConfigScalar {}
extension UInt16: ConfigScalar {}
extension UInt32: ConfigScalar {}
extension UInt64: ConfigScalar {}
