/// The options of a component, or a part of the configuration with keys of its own.
///
/// The properties are the keys, in lower_snake_case; `init()` gives the defaults. The options of a component are
/// nested in it, and build it as ``BuildableOptions``.
///
/// ```swift
/// struct DropoutOptions: ComponentOptions {
///     var probability: Float = 0.5
///
///     func validate() throws { try check("probability", probability, .fractionBelowOne) }
/// }
/// ```
public protocol ComponentOptions: Codable, Sendable {
    /// The defaults.
    init()

    /// Checks the values.
    /// - Throws: `OptionError`.
    func validate() throws

    /// Checks the components that the options name, and fills in their defaults; does nothing by default.
    /// - Throws: `ConfigError`, as from `Registry/check(_:_:)`.
    mutating func resolveComponents(in registry: Registry) throws
}

extension ComponentOptions {
    public func validate() throws {}
    public mutating func resolveComponents(in registry: Registry) throws {}
}

/// Options that build their component.
///
/// ```swift
/// extension ResNetCifar {
///     /// Options of ``ResNetCifar``.
///     public struct Options: BuildableOptions {
///         /// The number of layers, 6n + 2.
///         public var depth = 20
///
///         public init() {}
///
///         public func validate() throws {
///             if depth % 6 != 2 { throw OptionError("depth", "must be 6n + 2, such as 20 or 56, not \(depth)") }
///         }
///
///         public func build(_: Void, in registry: Registry) -> any Backbone { ResNetCifar(depth: depth) }
///     }
/// }
///
/// try registry.register(.backbone, "resnet_cifar", summary: "ResNet for small images", ResNetCifar.Options.self)
/// ```
public protocol BuildableOptions: ComponentOptions {
    /// What the component has to know of its surroundings; `Void` for nothing.
    associatedtype Environment
    /// What is made, such as `any Backbone`.
    associatedtype Product

    /// Makes the component.
    /// - Parameter registry: Makes the components that the options name in turn.
    /// - Throws: `OptionError` for what the environment does not allow, `ConfigError` for unknown names.
    func build(_ environment: Environment, in registry: Registry) throws -> Product
}

/// The options of a component without any.
public struct NoOptions: ComponentOptions {
    public init() {}
}

extension ComponentOptions {
    /// Checks a number against a rule.
    /// - Parameter option: The key, as a configuration writes it.
    /// - Throws: ``OptionError``.
    public func check(_ option: String, _ value: some BinaryFloatingPoint, _ rule: NumberRule) throws(OptionError) {
        try OptionError.check(option, value, rule)
    }

    /// Checks an integer against a rule.
    public func check(_ option: String, _ value: some BinaryInteger, _ rule: NumberRule) throws(OptionError) {
        try OptionError.check(option, value, rule)
    }

    /// Checks an optional integer against a rule.
    public func check<Value: BinaryInteger>(_ option: String, _ value: Value?, _ rule: NumberRule) throws(OptionError) {
        if let value { try OptionError.check(option, value, rule) }
    }

    /// Checks every integer of a list against a rule.
    /// - Parameter isEmptyAllowed: Whether the list may have no element.
    public func check(
        _ option: String, each values: [Int], _ rule: NumberRule, isEmptyAllowed: Bool = false
    ) throws(OptionError) {
        if values.isEmpty, !isEmptyAllowed { throw OptionError(option, "must have at least one element") }
        for value in values { try OptionError.check(option, value, rule) }
    }

    /// Checks that a value is one of a few.
    public func check<Value: Equatable>(_ option: String, _ value: Value, oneOf choices: [Value]) throws(OptionError) {
        try OptionError.check(option, value, oneOf: choices)
    }

    /// Checks that a number lies in a range.
    public func check<Value: Comparable>(
        _ option: String, _ value: Value, in range: ClosedRange<Value>
    ) throws(OptionError) {
        if !range.contains(value) {
            throw OptionError(option, "must be from \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
    }

    /// Checks the size of a kernel that keeps the size of what it is applied to.
    public func check(_ option: String, oddKernel size: Int) throws(OptionError) {
        try OptionError.check(option, size, .size)
        if size % 2 == 0 { throw OptionError(option, "must be odd and positive, not \(size)") }
    }
}

/// An invalid value of an option.
public struct OptionError: Error, Sendable {
    /// The key as a configuration writes it, or the dotted path to it.
    public let option: String
    /// What is wrong, to follow the key: `must be positive, not -1`.
    public let message: String

    /// Creates an error.
    /// - Parameters:
    ///   - option: The key, or the dotted path to it.
    ///   - message: What is wrong, to follow the key.
    public init(_ option: String, _ message: String) {
        self.option = option
        self.message = message
    }

    /// Creates the error of a value that is not one of a few: `must be 8, 16 or 32, not 7`.
    /// - Parameters:
    ///   - option: The key, or the dotted path to it.
    ///   - value: The value.
    ///   - choices: The possible values.
    ///   - kind: What has these choices, where there are several kinds, such as `a slim network`.
    public init<Value>(_ option: String, _ value: Value, isNoneOf choices: [Value], for kind: String? = nil) {
        let (others, last) = (choices.dropLast().map { "\($0)" }, choices.last.map { "\($0)" } ?? "nothing")
        let list = others.isEmpty ? last : others.joined(separator: ", ") + " or " + last
        self.init(option, "must be \(list)\(kind.map { " for \($0)" } ?? ""), not \(value)")
    }

    /// Checks a number against a rule.
    public static func check(
        _ option: String, _ value: some BinaryFloatingPoint, _ rule: NumberRule
    ) throws(OptionError) {
        if let problem = rule.problem(with: value) { throw OptionError(option, problem) }
    }

    /// Checks an integer against a rule.
    public static func check(_ option: String, _ value: some BinaryInteger, _ rule: NumberRule) throws(OptionError) {
        if let problem = rule.problem(with: value) { throw OptionError(option, problem) }
    }

    /// Checks that a value is one of a few.
    public static func check<Value: Equatable>(
        _ option: String, _ value: Value, oneOf choices: [Value]
    ) throws(OptionError) {
        if !choices.contains(value) { throw OptionError(option, value, isNoneOf: choices) }
    }

    /// The problem, at the place of the option in the node that holds the options.
    func problem(in node: ConfigNode) -> ConfigError.Problem {
        var place = node
        for key in option.split(separator: ".") {
            let keyPath = place.keyPath(of: String(key))
            // An option that is left out has the place of the mapping that it is left out of.
            place =
                place[String(key)] ?? Int(key).flatMap { place.elements?[$0] }
                ?? ConfigNode(.null, place: place.place, keyPath: keyPath)
        }
        return ConfigError.Problem(message, at: place)
    }
}

/// Traps where a check of options throws: initializers refuse with it what configurations refuse.
/// - Parameter component: The type that is initialized, such as `BatchNorm`.
/// - Returns: What the check returns.
@discardableResult
public func requireOptions<Result>(
    _ component: String, file: StaticString = #fileID, line: UInt = #line, _ check: () throws -> Result
) -> Result {
    do {
        return try check()
    } catch let error as OptionError {
        // What concerns the whole component is reported at its type, which is named already.
        let option = error.option == "type" ? "" : error.option + " "
        trap("\(component): \(option)\(error.message)", file: file, line: line)
    } catch {
        trap("\(component): \(error)", file: file, line: line)
    }
}
