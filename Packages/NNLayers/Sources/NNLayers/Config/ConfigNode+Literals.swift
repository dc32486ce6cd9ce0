extension ConfigNode: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public typealias Key = String
    public typealias Value = ConfigNode

    public init(nilLiteral: ()) { self.init(.null) }
    public init(booleanLiteral value: Bool) { self.init(.boolean(value)) }
    public init(integerLiteral value: Int) { self.init(.integer(value)) }
    public init(floatLiteral value: Double) { self.init(.float(value)) }
    public init(stringLiteral value: String) { self.init(.string(value)) }

    public init(arrayLiteral elements: ConfigNode...) {
        self = ConfigNode(.sequence(elements)).moved(to: "")
    }

    public init(dictionaryLiteral elements: (String, ConfigNode)...) {
        self = ConfigNode(.mapping(elements.map { ConfigEntry(key: $0, value: $1) })).moved(to: "")
    }
}
