import NNLayers

/// Registers the components of this module.
public struct ReportingPlugin: Plugin {
    /// `reporting`
    public let name = "reporting"

    /// The plugin has no options.
    public init() {}

    /// Registers nothing yet; see `Plugin`.
    public func register(into registry: Registry) throws {}
}
