/// The name that a Swift property has in a configuration: `weightDecay` is `weight_decay`.
enum ConfigKey {
    /// Puts a low line before each word that begins with a capital: `useBNBias` becomes `use_bn_bias`,
    /// `conv2DBias` becomes `conv2d_bias`.
    static func snakeCase(_ name: String) -> String {
        let letters = Array(name)
        var result = ""
        for (index, letter) in letters.enumerated() {
            if letter.isUppercase, index > 0, letters[index - 1] != "_" {
                let beginsWord = index + 1 < letters.count && letters[index + 1].isLowercase
                if letters[index - 1].isLowercase || beginsWord { result += "_" }
            }
            result += letter.lowercased()
        }
        return result
    }
}

/// A dictionary whose keys stand in a configuration as they are, unlike the properties of a type.
protocol StringKeyedDictionary {}
extension Dictionary: StringKeyedDictionary where Key == String {}
