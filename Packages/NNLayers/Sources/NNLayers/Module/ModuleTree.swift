/// A module and its descendants, with their names in a state dictionary.
///
/// Creating a tree reads the property wrappers by reflection, which is slow (0.8 ms for 256 parameters): do it once
/// after a network is built, and keep the tree.
public struct ModuleTree {
    /// A module with its path.
    public struct Entry {
        /// The dotted path in a state dictionary; empty for the root.
        public let path: String
        /// The module itself.
        public let module: any Module
        /// The parameters of this module, without those of its children.
        public let parameters: [(name: String, parameter: Parameter)]
        /// The buffers of this module, without those of its children.
        public let buffers: [(name: String, buffer: Buffer)]
        /// The number of ancestors.
        let depth: Int
    }

    /// Every module, parents before their children, in the order of declaration.
    public let entries: [Entry]

    /// Enumerates a module and its descendants.
    public init(_ root: any Module) {
        var entries: [Entry] = []
        Self.visit(root, path: "", depth: 0, into: &entries)
        self.entries = entries
    }

    /// Every parameter with its full name, such as `layer1.0.conv1.weight`.
    public var parameters: [(name: String, parameter: Parameter)] {
        entries.flatMap { entry in entry.parameters.map { (join(entry.path, $0.name), $0.parameter) } }
    }

    /// Every buffer with its full name, such as `layer1.0.bn1.running_mean`.
    public var buffers: [(name: String, buffer: Buffer)] {
        entries.flatMap { entry in entry.buffers.map { (join(entry.path, $0.name), $0.buffer) } }
    }

    private static func visit(_ module: any Module, path: String, depth: Int, into entries: inout [Entry]) {
        var parameters: [(String, Parameter)] = []
        var buffers: [(String, Buffer)] = []
        var children: [(String, any Module)] = []
        var mirror: Mirror? = Mirror(reflecting: module)
        var levels: [Mirror] = []
        while let level = mirror {
            levels.append(level)
            mirror = level.superclassMirror
        }
        for (label, value) in levels.reversed().flatMap({ Array($0.children) }) {
            // A wrapper is stored under the property's name with a leading underscore.
            let property = snakeCase((label ?? "").drop { $0 == "_" })
            switch value {
            case let parameter as Parameter: parameters.append((parameter.name ?? property, parameter))
            case let buffer as Buffer: buffers.append((buffer.name ?? property, buffer))
            case let child as any ChildContainer: children += child.modules(named: property)
            default: break
            }
        }
        entries.append(
            Entry(path: path, module: module, parameters: parameters, buffers: buffers, depth: depth))
        for (name, child) in children {
            visit(child, path: join(path, name), depth: depth + 1, into: &entries)
        }
    }
}

/// Joins two parts of a dotted path; either may be empty.
func join(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : name.isEmpty ? path : path + "." + name
}

/// A property's name in a state dictionary: `runningMean` becomes `running_mean`, `layer1` stays.
private func snakeCase(_ property: Substring) -> String {
    property.reduce(into: "") { name, letter in
        if letter.isUppercase { name += "_" }
        name += letter.lowercased()
    }
}

/// The modules of a `Child`, whatever its type.
private protocol ChildContainer {
    func modules(named property: String) -> [(String, any Module)]
}

extension Child: ChildContainer {
    fileprivate func modules(named property: String) -> [(String, any Module)] {
        let name = name ?? property
        func modules(_ value: Any, _ name: String, memberNames: [String]? = nil) -> [(String, any Module)] {
            if let module = value as? any Module { return [(name, module)] }
            if let list = value as? [Any] {
                return list.enumerated().flatMap { index, member in
                    modules(member, join(name, memberNames?[index] ?? String(index)))
                }
            }
            let mirror = Mirror(reflecting: value)
            if mirror.displayStyle == .optional {
                return mirror.children.first.map { modules($0.value, name) } ?? []
            }
            trap("@Child \(name): \(type(of: value)) is neither a Module nor an array of modules")
        }
        return modules(wrappedValue, name, memberNames: memberNames)
    }
}
