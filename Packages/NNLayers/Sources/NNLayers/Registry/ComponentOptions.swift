/// What a configuration may say about a component, or a part of the configuration with keys of its own.
///
/// The properties are the keys, in lower_snake_case; those of `init()` hold what a configuration
/// leaves out.
///
/// ```swift
/// struct ResNetCifarOptions: ComponentOptions {
///     var depth = 20
///
///     func validate() throws {
///         if depth % 6 != 2 { throw OptionError("depth", "must be 6n + 2, such as 20 or 56, not \(depth)") }
///     }
/// }
/// ```
public protocol ComponentOptions: Codable, Sendable {
    /// The default values.
    init()

    /// Refuses values that no component can be built with.
    /// - Throws: ``OptionError``.
    func validate() throws

    /// Checks the components that the options name, and puts in what they leave out; nothing by default.
    /// - Throws: ``ConfigError``, as from ``Registry/check(_:_:)``.
    mutating func resolveComponents(in registry: Registry) throws
}

extension ComponentOptions {
    public func validate() throws {}
    public mutating func resolveComponents(in registry: Registry) throws {}
}

/// The options of a component that has none.
public struct NoOptions: ComponentOptions {
    public init() {}
}

/// A value of an option that cannot be used.
public struct OptionError: Error, Sendable {
    /// The key as a configuration writes it, or the dotted path to it.
    public let option: String
    /// What is wrong, to stand after the key: `must be positive, not -1`.
    public let message: String

    public init(_ option: String, _ message: String) {
        self.option = option
        self.message = message
    }

    /// Refuses a number that breaks a rule.
    public static func check(
        _ option: String, _ value: some BinaryFloatingPoint, _ rule: NumberRule
    ) throws(OptionError) {
        if let problem = rule.problem(with: value) { throw OptionError(option, problem) }
    }

    /// Refuses a whole number that breaks a rule.
    public static func check(_ option: String, _ value: some BinaryInteger, _ rule: NumberRule) throws(OptionError) {
        if let problem = rule.problem(with: value) { throw OptionError(option, problem) }
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

/// Traps where a check of options throws: an initializer refuses by it what a configuration refuses.
/// - Parameter component: The type that is made, such as `BatchNorm`.
public func requireOptions(
    _ component: String, file: StaticString = #fileID, line: UInt = #line, _ check: () throws -> Void
) {
    do {
        try check()
    } catch let error as OptionError {
        trap("\(component): \(error.option) \(error.message)", file: file, line: line)
    } catch {
        trap("\(component): \(error)", file: file, line: line)
    }
}
