import NNLayers

/// The options of a head that is made of convolutions.
protocol HeadOptions: ComponentOptions {
    /// What follows each convolution but the last.
    var normalization: ConfigNode { get }
    /// What follows each normalization.
    var activation: ConfigNode { get }
    /// Draws the weights of the convolutions.
    var initializer: ConfigNode { get }
}

extension HeadOptions {
    /// The style that the options name.
    /// - Throws: ``ConfigError`` for names that are not registered.
    func style(hasBias: Bool = false, _ registry: Registry) throws -> ConvolutionStyle {
        try ConvolutionStyle(
            normalization: normalization, activation: activation, initializer: initializer, hasBias: hasBias,
            registry: registry)
    }
}

extension HeadOptions {
    /// The list of an option, if it is as long as the backbone's features make stages.
    /// - Throws: ``OptionError``
    func checked(_ list: [Int], _ option: String, stages count: Int) throws -> [Int] {
        if list.count == count { return list }
        throw OptionError(
            option,
            "must have an element for each of the backbone's \(count) stages, from coarse to fine, not \(list.count)")
    }
}

extension ComponentOptions {
    /// Refuses numbers that are not positive, or larger than any network has use for.
    func requirePositive(_ option: String, _ values: [Int]) throws {
        for value in values {
            if value < 1 { throw OptionError(option, "must be positive, not \(value)") }
            if value > 65_536 { throw OptionError(option, "must be at most 65536, not \(value)") }
        }
    }

    /// Refuses more convolutions in a row than any network has use for, and fewer than `minimum`.
    func requireConvolutions(_ values: [Int], atLeast minimum: Int = 1) throws {
        for value in values where !(minimum...64).contains(value) {
            throw OptionError("convolutions", "must be from \(minimum) to 64, not \(value)")
        }
    }

    /// Refuses a number that is given and not positive.
    func requirePositive(_ option: String, _ value: Int?) throws {
        if let value { try requirePositive(option, [value]) }
    }

    /// Refuses a list that is empty or holds a number that is not positive.
    func requireSomePositive(_ option: String, _ values: [Int]) throws {
        if values.isEmpty { throw OptionError(option, "must have at least one element") }
        try requirePositive(option, values)
    }

    /// Refuses a kernel that would change the size of what it is laid over.
    func requireOddKernel(_ option: String, _ value: Int) throws {
        try requirePositive(option, [value])
        if value % 2 == 0 { throw OptionError(option, "must be odd and positive, not \(value)") }
    }

    /// Refuses what is no part of something that training could drop.
    func requireDropout(_ value: Float) throws {
        if !(0..<1).contains(value) { throw OptionError("dropout", "must be 0 or more and below 1, not \(value)") }
    }
}
