/// A registered component of any kind.
protocol AnyRegistryEntry {
    var plugin: String { get }
    var summary: String { get }
    var defaultOptions: ConfigNode { get }

    /// Returns the options, completed with their defaults, and the component's name under `type`.
    func resolved(_ options: ConfigNode, name: String, in registry: Registry) throws(ConfigError) -> ConfigNode
}

/// A registered component that builds a `Product` in an `Environment`.
protocol RegistryBuilder<Environment, Product>: AnyRegistryEntry {
    associatedtype Environment
    associatedtype Product

    func product(
        of options: ConfigNode, _ environment: Environment, in registry: Registry
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

    func resolved(_ options: ConfigNode, name: String, in registry: Registry) throws(ConfigError) -> ConfigNode {
        var decoded = try ConfigDecoder().decode(Options.self, from: options)
        do {
            try decoded.resolveComponents(in: registry)
            var node = try ConfigEncoder().encode(decoded)
            let type = ConfigEntry(key: "type", value: ConfigNode(.string(name)))
            node.content = .mapping([type] + (node.entries ?? []))
            node.place = options.place
            return node.moved(to: options.keyPath)
        } catch {
            throw ConfigError(ConfigError.problems(of: error, at: options))
        }
    }

    func product(
        of options: ConfigNode, _ environment: Environment, in registry: Registry
    ) throws(ConfigError) -> Product {
        let decoded = try ConfigDecoder().decode(Options.self, from: options)
        do {
            return try build(decoded, environment, registry)
        } catch {
            throw ConfigError(ConfigError.problems(of: error, at: options))
        }
    }
}
