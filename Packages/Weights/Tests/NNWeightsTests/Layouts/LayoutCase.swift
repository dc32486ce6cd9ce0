import NNBackbones
import NNHeads
import NNLayers
import NNTesting
import Testing
@_spi(Internal) import NNWeights

/// A published network: its file, the table of its names, and the options that fit.
struct LayoutCase: Sendable, CustomTestStringConvertible {
    /// The fixture.
    let file: String
    let map: String
    let backbone: ConfigNode
    var head: ConfigNode = "classifier"
    var auxiliaryHead: ConfigNode?
    /// What names begin with that the table leaves out, with the classifier; nil where it leaves out nothing.
    var leftOut: String?
    var testDescription: String { file }

    /// Fills the network from the file and compares what it calculates.
    /// - Parameter backbone: One that no options make.
    func check(_ backbone: (any Backbone)? = nil) throws {
        let registry = try Registry(plugins: [LayersPlugin(), BackbonesPlugin(), HeadsPlugin(), WeightsPlugin()])
        let fixture = try LayoutFixture(file)
        let map = try registry.build(.nameMap, from: ConfigNode(.string(self.map)))
        let network = try network(backbone, registry, classCount: fixture.classCount)
        let names = fixture.entries.map(\.name)
        #expect(map.mismatches(with: network, names: names).isEmpty, "the network has other settings")

        var entries: [StateDictionary.Entry] = []
        for (entry, target) in zip(fixture.entries, map.targets(of: fixture.entries.map(\.name))) {
            switch target {
            case .unknown: Issue.record("no line is for '\(entry.name)'")
            case .leftOut: #expect(leftOut.map(entry.name.hasPrefix) == true, "'\(entry.name)' is left out")
            case .name(let name, let layout):
                let tensor = try fixture.tensor(named: entry.name)
                try #require(layout.shape(of: tensor.shape) != nil, "\(entry.name): \(tensor.shape) as \(layout)")
                entries.append(.init(name: name, tensor: layout.converted(tensor)))
            }
        }
        let state = StateDictionary(entries)
        #expect(state.entries.count == entries.count, "two tensors have the same name")
        guard leftOut != nil else {
            try network.load(state)
            return try fixture.check(network)
        }
        // The rest of the network is its own.
        let report = try network.load(state, strict: false)
        #expect(report.unexpected.isEmpty && report.mismatched.isEmpty, "\(report)")
        #expect(report.missing.allSatisfy { $0.name.hasPrefix("head.") }, "\(report)")
        try fixture.check(network.backbone)
    }

    /// Fills the network by one call, which finds the table.
    func checkDetection() throws {
        let registry = try Registry(plugins: [LayersPlugin(), BackbonesPlugin(), HeadsPlugin()])
        let fixture = try LayoutFixture(file)
        let network = try network(nil, registry, classCount: fixture.classCount)
        let report = try network.loadWeights(
            from: fixture.url, except: leftOut == nil ? [] : ["head"], formats: [LayoutFixture.Format(fixture: fixture)]
        )
        #expect(report.plan.mapName == map)
        if leftOut == nil { try fixture.check(network) } else { try fixture.check(network.backbone) }
    }

    private func network(_ made: (any Backbone)?, _ registry: Registry, classCount: Int) throws -> Network {
        let backbone = try made ?? registry.build(.backbone, from: backbone)
        let environment = HeadEnvironment(features: backbone.features, classCount: classCount)
        return Network(
            backbone: backbone, head: try registry.build(.head, from: head, environment),
            auxiliaryHead: try auxiliaryHead.map { try registry.build(.head, from: $0, environment) })
    }
}
