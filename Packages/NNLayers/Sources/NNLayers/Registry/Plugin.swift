/// Adds components to a registry. The parts of this package register themselves in the same way.
///
/// ```swift
/// public struct RepVGGPlugin: Plugin {
///     public let name = "repvgg"
///
///     public init() {}
///
///     public func register(into registry: Registry) throws {
///         try registry.register(.backbone, "repvgg", summary: "RepVGG (Ding et al. 2021)", RepVGG.Options.self)
///     }
/// }
/// ```
public protocol Plugin: Sendable {
    /// The name that messages show.
    var name: String { get }

    /// Registers every component.
    /// - Throws: ``RegistryError`` where a name is taken.
    func register(into registry: Registry) throws
}
