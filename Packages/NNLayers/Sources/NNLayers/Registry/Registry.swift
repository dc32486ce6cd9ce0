/// Adds components to a registry. The modules of nnkit register theirs in the same way.
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
    /// The name in messages and lists.
    var name: String { get }

    /// Registers all components.
    /// - Throws: `RegistryError` if a name is taken.
    func register(into registry: Registry) throws
}

/// The components that configurations can name, by kind and name.
///
/// A configuration names a component by `type`, next to its options: `{type: resnet_cifar, depth: 20}`. The name alone
/// stands for the component with default options.
public final class Registry {
    private struct Key: Hashable {
        let kind: String
        let name: String
    }

    private var entries: [Key: any AnyRegistryEntry] = [:]
    private var currentPlugin: String?

    /// Creates a registry with the components of plugins.
    /// - Throws: ``RegistryError`` if two plugins register the same name.
    public init(plugins: [any Plugin] = []) throws {
        for plugin in plugins { try install(plugin) }
    }

    /// Adds the components of a plugin: all of them or, if it throws, none.
    /// - Throws: ``RegistryError`` if a name is taken.
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

    /// Registers a component that its options build.
    /// - Parameters:
    ///   - kind: The kind of component, such as ``ComponentKind/backbone``.
    ///   - name: The name in configurations, in lower_snake_case.
    ///   - summary: One line for lists.
    ///   - options: The type that the options are decoded to.
    /// - Throws: ``RegistryError`` if the name is taken.
    public func register<Options: BuildableOptions>(
        _ kind: ComponentKind<Options.Environment, Options.Product>, _ name: String, summary: String,
        _ options: Options.Type
    ) throws {
        try add(kind, name, summary: summary) { (options: Options, environment, registry) in
            try options.build(environment, in: registry)
        }
    }

    /// Registers a component that a closure builds from its options.
    /// - Parameters:
    ///   - kind: The kind of component, such as ``ComponentKind/activation``.
    ///   - name: The name in configurations, in lower_snake_case.
    ///   - summary: One line for lists.
    ///   - options: The type that the options are decoded to.
    ///   - build: Builds the component; its errors are reported with their location in the configuration.
    /// - Throws: ``RegistryError`` if the name is taken.
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

    /// Registers a component without options.
    /// - Throws: ``RegistryError`` if the name is taken.
    public func register<Environment, Product>(
        _ kind: ComponentKind<Environment, Product>, _ name: String, summary: String,
        build: @escaping (Environment) throws -> Product
    ) throws {
        try register(kind, name, summary: summary, options: NoOptions.self) { _, environment in
            try build(environment)
        }
    }

    /// Registers a task under its own name.
    ///
    /// Data sets that can have any labels, such as `table`, name it; one that declares it in code does without.
    /// - Throws: ``RegistryError`` if the name is taken.
    public func register(_ task: PredictionTask, summary: String) throws {
        try register(.task, task.rawValue, summary: summary) { task }
    }

    /// Builds a component; its options are decoded unless it is resolved already.
    /// - Parameters:
    ///   - kind: The kind of component.
    ///   - component: The component.
    ///   - environment: What the component must know of its surroundings.
    /// - Throws: ``ConfigError`` for an unknown name, invalid options, or an error of the component.
    public func build<Environment, Product>(
        _ kind: ComponentKind<Environment, Product>, _ component: Component<Environment, Product>,
        _ environment: Environment
    ) throws(ConfigError) -> Product {
        let (entry, _, node) = try entry(of: kind, component.decoded?.source ?? component.node)
        guard let builder = entry as? any RegistryBuilder<Environment, Product> else {
            trap("Registry: kind '\(kind.name)' is declared with two different types")
        }
        let options = if let decoded = component.decoded { decoded.options } else { try entry.decoded(from: node) }
        return try builder.product(of: options, at: node, environment, in: self)
    }

    /// Builds a component.
    /// - Throws: ``ConfigError`` for an unknown name, invalid options, or an error of the component.
    public func build<Product>(
        _ kind: ComponentKind<Void, Product>, _ component: Component<Void, Product>
    ) throws(ConfigError) -> Product {
        try build(kind, component, ())
    }

    /// Builds the component that a node describes.
    /// - Parameters:
    ///   - kind: The kind of component.
    ///   - node: A name, or a mapping with the key `type` and options.
    ///   - environment: What the component must know of its surroundings.
    /// - Throws: ``ConfigError`` for an unknown name, invalid options, or an error of the component.
    public func build<Environment, Product>(
        _ kind: ComponentKind<Environment, Product>, from node: ConfigNode, _ environment: Environment
    ) throws(ConfigError) -> Product {
        try build(kind, Component(node), environment)
    }

    /// Builds the component that a node describes.
    /// - Throws: ``ConfigError`` for an unknown name, invalid options, or an error of the component.
    public func build<Product>(
        _ kind: ComponentKind<Void, Product>, from node: ConfigNode
    ) throws(ConfigError) -> Product {
        try build(kind, from: node, ())
    }

    /// Checks the name of a component, and decodes its options and those of the components that they name, without
    /// building it.
    /// - Returns: The component with its options, to be built by this registry.
    /// - Throws: ``ConfigError`` for an unknown name or invalid options.
    public func resolve<Environment, Product>(
        _ kind: ComponentKind<Environment, Product>, _ component: Component<Environment, Product>
    ) throws(ConfigError) -> Component<Environment, Product> {
        if component.decoded != nil { return component }
        let (entry, name, node) = try entry(of: kind, component.node)
        var options = try entry.decoded(from: node)
        do {
            try options.resolveComponents(in: self)
            var completed = try ConfigEncoder().encode(options)
            let type = ConfigEntry(key: "type", value: ConfigNode(.string(name)))
            completed.content = .mapping([type] + (completed.entries ?? []))
            completed.place = node.place
            return Component(
                completed.moved(to: node.keyPath), decoded: .init(options: options, source: component.node))
        } catch {
            throw ConfigError(ConfigError.problems(of: error, at: node))
        }
    }

    /// Checks the name and the options of a component without building it.
    /// - Returns: The node, completed with the defaults of all other options.
    /// - Throws: ``ConfigError`` for an unknown name or invalid options.
    @discardableResult
    public func check<Environment, Product>(
        _ kind: ComponentKind<Environment, Product>, _ node: ConfigNode
    ) throws(ConfigError) -> ConfigNode {
        try resolve(kind, Component(node)).node
    }

    /// Returns the registered names of a kind, in alphabetical order.
    public func names<Environment, Product>(of kind: ComponentKind<Environment, Product>) -> [String] {
        entries.keys.filter { $0.kind == kind.name }.map(\.name).sorted()
    }

    /// Returns a description of every component, ordered by kind and name.
    public func descriptions() -> [ComponentDescription] {
        entries.sorted { ($0.key.kind, $0.key.name) < ($1.key.kind, $1.key.name) }.map { key, entry in
            ComponentDescription(
                kind: key.kind, name: key.name, plugin: entry.plugin, summary: entry.summary,
                options: entry.defaultOptions)
        }
    }

    /// Splits a node into the component that it names and its options.
    private func entry<Environment, Product>(
        of kind: ComponentKind<Environment, Product>, _ node: ConfigNode
    ) throws(ConfigError) -> (entry: any AnyRegistryEntry, name: String, options: ConfigNode) {
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
                remedy: "write 'type:' and one of: " + names(of: kind).joined(separator: ", "),
                at: nameNode.isNull ? node : nameNode)
        }
        guard let entry = entries[Key(kind: kind.name, name: name)] else {
            let names = names(of: kind)
            let remedy =
                names.isEmpty ? "none is registered" : NearestName.remedy(name, among: names)
            throw ConfigError("unknown \(kind.name) '\(name.excerpt)'", remedy: remedy, at: nameNode)
        }
        return (entry, name, options)
    }
}

/// A registered component, for lists.
public struct ComponentDescription: Sendable, Codable {
    /// The name of its kind, such as `backbone`.
    public let kind: String
    /// The name in configurations.
    public let name: String
    /// The name of the plugin that registered it.
    public let plugin: String
    /// A summary of one line.
    public let summary: String
    /// The options with their default values, as a mapping.
    public let options: ConfigNode
}

/// Two components of the same kind have the same name.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    /// The name, and the plugins that registered it.
    public let description: String

    init(_ description: String) { self.description = description }
}
