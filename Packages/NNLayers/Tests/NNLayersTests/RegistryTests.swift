import NNLayers
import Synchronization
import Testing

/// A component for these tests: it remembers what it was built of.
private struct Widget {
    var size: Int
    var colour: String
    var slots: Int
}

private struct WidgetOptions: ComponentOptions {
    var size = 3
    var colour: String?
    var maximumWeight: Float = 0.1

    func validate() throws {
        if size < 1 { throw OptionError("size", "must be 1 or more, not \(size)") }
    }
}

extension ComponentKind<Int, Widget> {
    fileprivate static var widget: Self { Self("widget") }
}

private struct TooManySlots: Error, CustomStringConvertible {
    let description = "round widgets have at most 4 slots"
}

private struct WidgetPlugin: Plugin {
    var name = "widgets"

    func register(into registry: Registry) throws {
        try registry.register(.widget, "round", summary: "A round one", options: WidgetOptions.self) {
            options, slots in
            guard slots <= 4 else { throw TooManySlots() }
            return Widget(size: options.size, colour: options.colour ?? "none", slots: slots)
        }
        try registry.register(.widget, "plain", summary: "The simplest") { slots in
            Widget(size: 1, colour: "grey", slots: slots)
        }
    }
}

/// Options that count how often they are decoded, and are refused where they are built of 7.
private struct CountedOptions: BuildableOptions {
    static let decodings = Mutex(0)
    var size = 3

    func validate() { Self.decodings.withLock { $0 += 1 } }

    func build(_ slots: Int, in registry: Registry) throws -> Widget {
        if size == 7 { throw OptionError("size", "must not be 7") }
        return Widget(size: size, colour: "counted", slots: slots)
    }
}

private struct LatePlugin: Plugin {
    let name = "late"

    func register(into registry: Registry) throws {
        try registry.register(.widget, "square", summary: "A square one") { Widget(size: 9, colour: "", slots: $0) }
        try registry.register(.widget, "plain", summary: "Another") { Widget(size: 2, colour: "", slots: $0) }
    }
}

@Suite struct RegistryTests {
    private let registry: Registry

    init() throws { registry = try Registry(plugins: [WidgetPlugin()]) }

    private func message(_ node: ConfigNode, slots: Int = 2) -> String? {
        do {
            _ = try registry.build(.widget, from: node.moved(to: "model.part"), slots)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func buildsByNameWithOptionsAndEnvironment() throws {
        let widget = try registry.build(.widget, from: ["type": "round", "size": 5, "colour": "red"], 4)
        #expect(widget.size == 5)
        #expect(widget.colour == "red")
        #expect(widget.slots == 4)
    }

    @Test func aNameAloneTakesTheDefaults() throws {
        let widget = try registry.build(.widget, from: "round", 1)
        #expect(widget.size == 3)
        #expect(widget.colour == "none")
    }

    @Test func unknownNameListsTheNearestThenAll() {
        #expect(
            message(["type": "runod"])
                == "model.part.type: unknown widget 'runod'; did you mean 'round'? Known: plain, round")
        #expect(
            message("hexagonal") == "model.part: unknown widget 'hexagonal'; known: plain, round")
    }

    @Test func missingName() {
        #expect(
            message(["size": 3])
                == "model.part: expected the name of a widget; write 'type:' and one of: plain, round")
        #expect(
            message(["type": 3])
                == "model.part.type: expected the name of a widget, found the integer 3; "
                + "write 'type:' and one of: plain, round")
        #expect(
            message(nil) == "model.part: expected the name of a widget; write 'type:' and one of: plain, round")
    }

    @Test func everyWrongOptionIsReported() {
        #expect(
            message(["type": "round", "sise": 4, "maximum_weight": "heavy"]) == """
                model.part.maximum_weight: expected a number, found the string 'heavy'
                model.part.sise: unknown key 'sise'; did you mean 'size'? Known: \
                size, colour, maximum_weight
                """)
        #expect(
            message(["type": "plain", "size": 4])
                == "model.part.size: unknown key 'size'; no keys are expected here")
    }

    @Test func whatOptionsAndComponentsRefuseHasAPlace() {
        #expect(message(["type": "round", "size": 0]) == "model.part.size: must be 1 or more, not 0")
        #expect(message("round", slots: 5) == "model.part: round widgets have at most 4 slots")
    }

    @Test func checkFillsInTheDefaultsWithoutBuilding() throws {
        let resolved = try registry.check(.widget, ["size": 5, "type": "round"])
        #expect(resolved == ["type": "round", "size": 5, "colour": nil, "maximum_weight": 0.1])
        #expect(throws: ConfigError.self) { try registry.check(.widget, ["type": "round", "size": -1]) }
    }

    @Test func aComponentIsDecodedOnce() throws {
        try registry.register(.widget, "counted", summary: "Counts", CountedOptions.self)
        let before = CountedOptions.decodings.withLock { $0 }
        var component: Component<Int, Widget> = "counted"
        #expect(component.name == "counted")
        component = try registry.resolve(.widget, component)
        #expect(component.node == ["type": "counted", "size": 3])
        component = try registry.resolve(.widget, component)
        #expect(try registry.build(.widget, component, 2).size == 3)
        #expect(try registry.build(.widget, component, 4).slots == 4)
        #expect(CountedOptions.decodings.withLock { $0 } == before + 1)
        // Without being resolved it is decoded where it is built.
        #expect(try registry.build(.widget, ["type": "counted", "size": 5], 1).size == 5)
        // Another registry may have another component of the name.
        let other = try Registry()
        try other.register(.widget, "counted", summary: "Another", options: WidgetOptions.self) { options, slots in
            Widget(size: options.size + 100, colour: "other", slots: slots)
        }
        #expect(try other.build(.widget, component, 1).size == 103)
    }

    @Test func whatIsRefusedWhereItIsBuiltHasThePlaceOfTheOption() throws {
        try registry.register(.widget, "counted", summary: "Counts", CountedOptions.self)
        let size = ConfigNode(.integer(7), place: ConfigPlace(source: "a.yaml", line: 4, column: 9))
        let node = ConfigNode(
            .mapping([ConfigEntry(key: "type", value: "counted"), ConfigEntry(key: "size", value: size)]),
            place: ConfigPlace(source: "a.yaml", line: 3, column: 1)
        ).moved(to: "part")
        let component = try registry.resolve(.widget, Component(node))
        let error = #expect(throws: ConfigError.self) { try registry.build(.widget, component, 1) }
        #expect(error?.description == "a.yaml:4:9: part.size: must not be 7")
    }

    @Test func aDuplicateNamesBothPluginsAndAddsNothing() {
        #expect {
            try registry.install(LatePlugin())
        } throws: { error in
            "\(error)" == "widget 'plain' is registered by widgets and again by late; rename one of them"
        }
        #expect(registry.names(of: .widget) == ["plain", "round"])
    }

    @Test func describesEverything() throws {
        let descriptions = registry.descriptions()
        #expect(descriptions.map(\.name) == ["plain", "round"])
        let round = try #require(descriptions.last)
        #expect(round.kind == "widget")
        #expect(round.plugin == "widgets")
        #expect(round.summary == "A round one")
        #expect(round.options == ["size": 3, "colour": nil, "maximum_weight": 0.1])
    }
}
