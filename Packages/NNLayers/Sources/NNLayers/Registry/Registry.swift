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

/// The components that a configuration can name, by kind and name.
///
/// A configuration names one by `type`, beside its options: `{type: resnet_cifar, depth: 20}`; or, with
/// all options at their defaults, by the name alone.
public final class Registry {
    private struct Key: Hashable {
        let kind: String
        let name: String
    }

    private var entries: [Key: any AnyRegistryEntry] = [:]
    private var currentPlugin: String?

    /// A registry with the components of some plugins.
    /// - Throws: ``RegistryError`` where two register the same name.
    public init(plugins: [any Plugin] = []) throws {
        for plugin in plugins { try install(plugin) }
    }

    /// Adds the components of a plugin; all of them or, where it throws, none.
    /// - Throws: ``RegistryError`` where a name is taken.
    public func install(_ plugin: some Plugin) throws {
        let before = (entries, currentPlugin)
        currentPlugin = plugin.name
        defer { currentPlugin = before.1 }
        do {
            try plugin.register(into: self)
        } catch {
            entries = before.0
            throw error
        }
    }

    /// Adds a component that its options make.
    /// - Parameters:
    ///   - name: The name in configurations, in lower_snake_case.
    ///   - summary: One line for lists.
    ///   - options: The type that the options are decoded as.
    /// - Throws: ``RegistryError`` where the name is taken.
    public func register<Options: BuildableOptions>(
        _ kind: ComponentKind<Options.Environment, Options.Product>, _ name: String, summary: String,
        _ options: Options.Type
    ) throws {
        try add(kind, name, summary: summary) { (options: Options, environment, registry) in
            try options.build(environment, in: registry)
        }
    }

    /// Adds a component that a closure makes of its options.
    /// - Parameters:
    ///   - name: The name in configurations, in lower_snake_case.
    ///   - summary: One line for lists.
    ///   - options: The type that the options are decoded as.
    ///   - build: Makes the component; its errors are reported with their place in the configuration.
    /// - Throws: ``RegistryError`` where the name is taken.
    public func register<Environment, Product, Options: ComponentOptions>(
        _ kind: ComponentKind<Environment, Product>, _ name: String, summary: String, options: Options.Type,
        build: @escaping (Options, Environment) throws -> Product
    ) throws {
        try add(kind, name, summary: summary) { options, environment, _ in try build(options, environment) }
    }

    private func add<Environment, Product, Options: ComponentOptions>(
        _ kind: ComponentKind<Environment, Product>, _ name: String, summary: String,
        build: @escaping (Options, Environment, Registry) throws -> Product
    ) throws {
        let key = Key(kind: kind.name, name: name)
        let plugin = currentPlugin ?? "the program"
        if let other = entries[key] {
            throw RegistryError(
                "\(kind.name) '\(name)' is registered by \(other.plugin) and again by \(plugin); rename one of them")
        }
        entries[key] = RegistryEntry(plugin: plugin, summary: summary, build: build)
    }

    /// Adds a component without options.
    /// - Throws: ``RegistryError`` where the name is taken.
    public func register<Environment, Product>(
        _ kind: ComponentKind<Environment, Product>, _ name: String, summary: String,
        build: @escaping (Environment) throws -> Product
    ) throws {
        try register(kind, name, summary: summary, options: NoOptions.self) { _, environment in
            try build(environment)
        }
    }

    /// Makes the component that a node names.
    /// - Parameter environment: what the component must know of its surroundings.
    /// - Throws: ``ConfigError`` for an unknown name, wrong options, or what the component refuses.
    public func build<Environment, Product>(
        _ kind: ComponentKind<Environment, Product>, from node: ConfigNode, _ environment: Environment
    ) throws(ConfigError) -> Product {
        let component = try component(kind, node)
        guard let builder = component.entry as? any RegistryBuilder<Environment, Product> else {
            trap("Registry: kind '\(kind.name)' is declared with two different types")
        }
        return try builder.product(of: component.options, environment, in: self)
    }

    /// Makes the component that a node names.
    /// - Throws: ``ConfigError`` for an unknown name, wrong options, or what the component refuses.
    public func build<Product>(
        _ kind: ComponentKind<Void, Product>, from node: ConfigNode
    ) throws(ConfigError) -> Product {
        try build(kind, from: node, ())
    }

    /// Checks the name and the options of a component without building it.
    /// - Returns: The node with every option that it leaves out.
    /// - Throws: ``ConfigError`` for an unknown name or wrong options.
    @discardableResult
    public func check<Environment, Product>(
        _ kind: ComponentKind<Environment, Product>, _ node: ConfigNode
    ) throws(ConfigError) -> ConfigNode {
        let component = try component(kind, node)
        return try component.entry.resolved(component.options, name: component.name, in: self)
    }

    /// What is registered of a kind, in alphabetical order.
    public func names<Environment, Product>(of kind: ComponentKind<Environment, Product>) -> [String] {
        entries.keys.filter { $0.kind == kind.name }.map(\.name).sorted()
    }

    /// Everything that is registered, in alphabetical order of kind and name.
    public func descriptions() -> [ComponentDescription] {
        entries.sorted { ($0.key.kind, $0.key.name) < ($1.key.kind, $1.key.name) }.map { key, entry in
            ComponentDescription(
                kind: key.kind, name: key.name, plugin: entry.plugin, summary: entry.summary,
                options: entry.defaultOptions)
        }
    }

    /// Takes a node apart: the component that it names, and the rest of its keys.
    private func component<Environment, Product>(
        _ kind: ComponentKind<Environment, Product>, _ node: ConfigNode
    ) throws(ConfigError) -> (entry: any AnyRegistryEntry, name: String, options: ConfigNode) {
        let names = names(of: kind)
        var options = node
        var nameNode = node
        if let entries = node.entries {
            options.content = .mapping(entries.filter { $0.key != "type" })
            nameNode = node["type"] ?? .null
        } else {
            options.content = .mapping([])
        }
        guard case .string(let name) = nameNode.content else {
            let found = nameNode.isNull ? "" : ", found \(nameNode)"
            let article = "aeiou".contains(kind.name.prefix(1)) ? "an" : "a"
            throw ConfigError(
                "expected the name of \(article) \(kind.name)\(found)",
                remedy: "write 'type:' and one of: " + names.joined(separator: ", "),
                at: nameNode.isNull ? node : nameNode)
        }
        guard let entry = entries[Key(kind: kind.name, name: name)] else {
            let remedy =
                names.isEmpty ? "none is registered" : NearestName.remedy(name, among: names)
            throw ConfigError("unknown \(kind.name) '\(name)'", remedy: remedy, at: nameNode)
        }
        return (entry, name, options)
    }
}

/// A component as a list shows it.
public struct ComponentDescription: Sendable, Codable {
    public let kind: String
    public let name: String
    /// Who registered it.
    public let plugin: String
    /// One line for people.
    public let summary: String
    /// The options with their default values: a mapping.
    public let options: ConfigNode
}

/// A name that is registered twice.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
