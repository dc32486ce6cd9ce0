import NNLayers

/// Registers the components of this module.
public struct ReportingPlugin: Plugin {
    /// `reporting`
    public let name = "reporting"

    /// The plugin has no options.
    public init() {}

    /// Registers the observer `report`, which `training.report` stands for; see `Plugin`.
    public func register(into registry: Registry) throws {
        try registry.register(
            .callback, "report", summary: "writes report.html in the run folder after each evaluation",
            ReportCallback.Options.self)
    }
}
