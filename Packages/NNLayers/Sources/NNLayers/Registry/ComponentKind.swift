/// A kind of component that a configuration names, such as backbones.
///
/// The module that declares the components' protocol declares the kind:
///
/// ```swift
/// extension ComponentKind<Void, any Backbone> {
///     public static var backbone: Self { Self("backbone") }
/// }
/// ```
public struct ComponentKind<Environment, Product>: Sendable {
    /// The name that messages and lists show.
    public let name: String

    /// - Parameter name: in lower_snake_case; no two kinds have the same.
    public init(_ name: String) { self.name = name }
}
