/// Decodes values from a ``ConfigNode``, strictly.
///
/// The property `weightDecay` is decoded from the key `weight_decay`. Unknown keys, missing keys and values of another
/// type are problems; decoding continues after each, so that all are reported together. Missing keys of
/// ``ComponentOptions`` have the value of their `init()`.
///
/// A type with several notations tries them through `singleValueContainer()`: only values that are decoded by key or as
/// an element are problems even if the type recovers.
public struct ConfigDecoder {
    /// Creates a decoder.
    public init() {}

    /// Decodes a value.
    /// - Throws: ``ConfigError`` with every problem that was found.
    public func decode<T: Decodable>(_ type: T.Type, from node: ConfigNode) throws(ConfigError) -> T {
        let (value, problems) = decodeGathering(type, from: node)
        guard let value, problems.isEmpty else { throw ConfigError(problems) }
        return value
    }

    /// Decodes a value that may have problems, so that the caller can look for further ones in it.
    /// - Returns: The value, with defaults in place of problems, or nil if there is no default; and the problems.
    public func decodeGathering<T: Decodable>(
        _ type: T.Type, from node: ConfigNode
    ) -> (value: T?, problems: [ConfigError.Problem]) {
        let session = DecodingSession()
        let value = try? session.value(type, from: node)
        return (value, session.problems)
    }
}

/// The problems found so far in one call of ``ConfigDecoder/decode(_:from:)``.
final class DecodingSession {
    /// Thrown to abandon a type that cannot be completed, after its problems were recorded.
    private struct Abandoned: Error {}

    private(set) var problems: [ConfigError.Problem] = []

    func record(_ error: any Error, at node: ConfigNode) {
        if error is Abandoned { return }
        problems += ConfigError.problems(of: error, at: node)
    }

    /// Decodes a node; if that fails, records why and continues with the default or a placeholder.
    /// - Parameter defaults: The values of keys that the node leaves out.
    func value<T: Decodable>(_ type: T.Type, from node: ConfigNode, defaults: ConfigNode? = nil) throws -> T {
        let problemsBefore = problems.count
        var defaults = defaults
        if let options = type as? any ComponentOptions.Type, defaults?.entries == nil {
            defaults = try ConfigEncoder().encode(options.init())
        }
        do {
            let decoder = NodeDecoder(node, defaults: defaults, session: self)
            // A type without properties reads no container; its keys are unknown nevertheless.
            if type is any ComponentOptions.Type { try decoder.expectMapping() }
            let value = try decoder.value(type)
            decoder.recordUnknownKeys()
            if problems.count == problemsBefore, let options = value as? any ComponentOptions {
                do { try options.validate() } catch { record(error, at: node) }
            }
            return value
        } catch {
            record(error, at: node)
            return try substitute(type, defaults: defaults)
        }
    }

    /// A replacement for a value that could not be read.
    func substitute<T: Decodable>(_ type: T.Type, defaults: ConfigNode? = nil) throws -> T {
        if let placeholder = (type as? any ConfigScalar.Type)?.placeholder as? T { return placeholder }
        guard let defaults else { throw Abandoned() }
        return try NodeDecoder(defaults, defaults: nil, session: DecodingSession()).value(type)
    }
}

/// The decoder of one node.
final class NodeDecoder: Decoder {
    let node: ConfigNode
    let defaults: ConfigNode?
    let session: DecodingSession
    /// Whether the keys of the node are those of the type, unchanged.
    private(set) var keepsKeys = false
    private var knownKeys: [String]?
    private var children: [NodeDecoder] = []
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ node: ConfigNode, defaults: ConfigNode?, session: DecodingSession) {
        self.node = node
        self.defaults = defaults
        self.session = session
    }

    /// A decoder of a part of the node that the type decodes itself.
    func child(_ node: ConfigNode, defaults: ConfigNode? = nil) -> NodeDecoder {
        let child = NodeDecoder(node, defaults: defaults, session: session)
        children.append(child)
        return child
    }

    /// Decodes the node.
    func value<T: Decodable>(_ type: T.Type) throws -> T {
        if let node = node.completed(by: defaults) as? T { return node }
        keepsKeys = type is any StringKeyedDictionary.Type
        if let scalar = type as? any ConfigScalar.Type, let value = try scalar.init(scalar: node) as? T {
            return value
        }
        if let choices = ConfigChoice.names(of: type) {
            let name = try String(scalar: node)
            guard choices.contains(name) else {
                throw ConfigError.Problem(
                    "unknown value '\(name.excerpt)'",
                    remedy: NearestName.remedy(name, among: choices), at: node)
            }
        }
        return try T(from: self)
    }

    /// Starts to track which keys are read.
    func expectMapping() throws {
        guard node.entries != nil else {
            throw ConfigError.Problem("expected a mapping of keys to values, found \(node)", at: node)
        }
        if knownKeys == nil { knownKeys = defaults?.entries?.map(\.key) ?? [] }
    }

    func container<Key>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try expectMapping()
        return KeyedDecodingContainer(KeyedNodeReader(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let elements = node.elements else {
            throw ConfigError.Problem("expected a list, found \(node)", at: node)
        }
        return UnkeyedNodeReader(elements: elements, decoder: self)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { SingleNodeReader(decoder: self) }

    /// Records that the type reads a key.
    func touch(_ key: String) {
        if knownKeys?.contains(key) == false { knownKeys?.append(key) }
    }

    /// How many unknown keys of a mapping are reported one by one.
    private static let reportedKeys = 20

    /// Records a problem for every key of the mapping that the type did not read.
    func recordUnknownKeys() {
        for child in children { child.recordUnknownKeys() }
        guard let knownKeys, let entries = node.entries else { return }
        let unknown = entries.filter { !knownKeys.contains($0.key) }
        for entry in unknown.prefix(Self.reportedKeys) {
            let remedy =
                knownKeys.isEmpty
                ? "no keys are expected here" : NearestName.remedy(entry.key, among: knownKeys)
            session.record(
                ConfigError.Problem(
                    "unknown key '\(entry.key.excerpt)'", remedy: remedy, place: entry.place ?? entry.value.place,
                    keyPath: node.keyPath(of: entry.key)),
                at: entry.value)
        }
        if unknown.count > Self.reportedKeys {
            let further = "\(unknown.count - Self.reportedKeys) further keys are unknown"
            session.record(ConfigError.Problem(further, at: node), at: node)
        }
    }
}

/// The choices of an enumeration with strings as raw values.
enum ConfigChoice {
    /// The names of all cases; nil if the type is no `CaseIterable` enumeration with strings as raw values.
    static func names(of type: Any.Type) -> [String]? {
        guard let type = type as? any (RawRepresentable & CaseIterable).Type else { return nil }
        return names(type)
    }

    private static func names<T: RawRepresentable & CaseIterable>(_ type: T.Type) -> [String]? {
        T.allCases.map(\.rawValue) as? [String]
    }
}
