import NNLayers

/// The values of plain scalars in the core schema of YAML 1.2, in which `yes` is a string.
enum YAMLScalar {
    /// - Returns: Nil for an integer that does not fit into 64 bits.
    static func content(of text: String) -> ConfigNode.Content? {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        case ".nan", ".NaN", ".NAN": return .float(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
        default: break
        }
        if let digits = wholeNumber(text) { return Int(digits.text, radix: digits.radix).map { .integer($0) } }
        if isDecimal(text), let value = Double(text) { return .float(value) }
        return .string(text)
    }

    /// The digits of an integer; nil for any other text.
    private static func wholeNumber(_ text: String) -> (text: Substring, radix: Int)? {
        if text.hasPrefix("0x") {
            let digits = text.dropFirst(2)
            return !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isHexDigit } ? (digits, 16) : nil
        }
        if text.hasPrefix("0o") {
            let digits = text.dropFirst(2)
            return !digits.isEmpty && digits.allSatisfy { ("0"..."7").contains($0) } ? (digits, 8) : nil
        }
        let digits = unsigned(text[...])
        return !digits.isEmpty && digits.allSatisfy(isDigit) ? (text[...], 10) : nil
    }

    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
    private static func isDecimal(_ text: String) -> Bool {
        var rest = unsigned(text[...])
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction: Substring = ""
        if rest.first == "." {
            fraction = rest.dropFirst().prefix(while: isDigit)
            rest = rest.dropFirst(1 + fraction.count)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return false }
        if rest.isEmpty { return true }
        guard rest.first == "e" || rest.first == "E" else { return false }
        let exponent = unsigned(rest.dropFirst())
        return !exponent.isEmpty && exponent.allSatisfy(isDigit)
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

    private static func unsigned(_ text: Substring) -> Substring {
        text.first == "-" || text.first == "+" ? text.dropFirst() : text
    }
}
