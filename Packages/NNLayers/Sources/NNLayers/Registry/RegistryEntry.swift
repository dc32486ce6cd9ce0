/// A registered component of any kind.
protocol AnyRegistryEntry {
    var plugin: String { get }
    var summary: String { get }
    var defaultOptions: ConfigNode { get }

    /// Decodes the component's options.
    func decoded(from options: ConfigNode) throws(ConfigError) -> any ComponentOptions
}

/// A registered component that builds a `Product` in an `Environment`.
protocol RegistryBuilder<Environment, Product>: AnyRegistryEntry {
    associatedtype Environment
    associatedtype Product

    /// Builds the component.
    /// - Parameters:
    ///   - options: Its options, decoded.
    ///   - node: What they were decoded from.
    func product(
        of options: any ComponentOptions, at node: ConfigNode, _ environment: Environment, in registry: Registry
    ) throws(ConfigError) -> Product
}

struct RegistryEntry<Options: ComponentOptions, Environment, Product>: RegistryBuilder {
    let plugin: String
    let summary: String
    let build: (Options, Environment, Registry) throws -> Product

    var defaultOptions: ConfigNode {
        do {
            return try ConfigEncoder().encode(Options())
        } catch {
            trap("\(Options.self): its default values cannot be encoded: \(error)")
        }
    }

    func decoded(from options: ConfigNode) throws(ConfigError) -> any ComponentOptions {
        try ConfigDecoder().decode(Options.self, from: options)
    }

    func product(
        of options: any ComponentOptions, at node: ConfigNode, _ environment: Environment, in registry: Registry
    ) throws(ConfigError) -> Product {
        // In another registry the name may stand for another component.
        let options =
            if let options = options as? Options { options } else {
                try ConfigDecoder().decode(Options.self, from: node)
            }
        do {
            return try build(options, environment, registry)
        } catch {
            throw ConfigError(ConfigError.problems(of: error, at: node))
        }
    }
}
