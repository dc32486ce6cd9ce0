import NNLayers
import NNTesting
@_spi(Internal) import NNWeights

/// Checks that a name map brings a file's tensors to a network, and back.
///
/// - Every tensor of the file has a line; those that are not left out go to values of the network, each to another one,
///   and have their shapes in the line's layout.
/// - Every value of the network is found in the file, but for counts of batches.
/// - `NameMap.origin(of:)` names the tensor of the file where it names one, so that weights can be exported.
/// - The network is built with the settings that the map states, such as the epsilon of batch norms.
///
/// ```swift
/// try checkNameMap(map, of: [("stem.weight", [16, 3, 3, 3]), ...], for: Network(backbone, head))
/// ```
///
/// - Parameters:
///   - file: The names and shapes of the file's tensors; nil for the names that the map itself gives the network's values,
///     which need not be all.
///   - network: One with the options that fit; its parameters need no values.
///   - exceptions: Patterns of values of the network that the file lacks.
/// - Throws: `CheckFailure` with all findings.
public func checkNameMap(
    _ map: NameMap, of file: [(name: String, shape: Shape)]? = nil, for network: some Module,
    except exceptions: [String] = []
) throws {
    var findings = Findings("the name map for \(network.typeName)")
    let tree = ModuleTree(network)
    let slots =
        tree.parameters.map { (name: $0.name, shape: $0.parameter.shape) }
        + tree.buffers.map { (name: $0.name, shape: $0.buffer.wrappedValue.shape) }
    for mismatch in map.mismatches(with: network, names: file?.map(\.name) ?? []) {
        findings.add("the map is for \(mismatch)")
    }
    let shapes = Dictionary(slots.map { ($0.name, $0.shape) }) { first, _ in first }
    let tensors = file ?? tensorsOfFile(map, slots, &findings)

    var sources: [String: String] = [:]
    for (tensor, target) in zip(tensors, map.targets(of: tensors.map(\.name))) {
        guard case .name(let name, let layout) = target else {
            findings.expect(target == .leftOut, "no line is for '\(tensor.name)'")
            continue
        }
        guard let shape = shapes[name] else {
            findings.add("'\(tensor.name)' becomes '\(name)', which the network does not have")
            continue
        }
        if let other = sources.updateValue(tensor.name, forKey: name) {
            findings.add("'\(other)' and '\(tensor.name)' both become '\(name)'")
        }
        findings.expect(
            layout.shape(of: tensor.shape) == shape,
            "'\(tensor.name)' \(tensor.shape) of layout \(layout.rawValue) does not fit '\(name)' \(shape)")
        if let origin = map.origin(of: name), map.counted.isEmpty {
            findings.expect(
                map.targets(of: [origin.name]) == [target], "'\(name)' is exported as '\(origin.name)', another value")
        }
    }
    let patterns = exceptions.map(ParameterPattern.init)
    let missing = slots.map(\.name).filter { name in
        sources[name] == nil && !name.hasSuffix("num_batches_tracked") && !patterns.contains { $0.matches(name) }
    }
    findings.expect(
        missing.isEmpty,
        "\(missing.count) of \(slots.count) values of the network are not in the file, such as "
            + missing.prefix(5).map { "'\($0)'" }.joined(separator: ", "))
    try findings.check()
}

/// What a file has that was exported with the map.
private func tensorsOfFile(
    _ map: NameMap, _ slots: [(name: String, shape: Shape)], _ findings: inout Findings
) -> [(name: String, shape: Shape)] {
    slots.compactMap { slot in
        guard let origin = map.origin(of: slot.name) else { return nil }
        guard let shape = origin.layout.restored(.zeros(slot.shape))?.shape else {
            findings.add("'\(slot.name)' \(slot.shape) cannot be written in the layout \(origin.layout.rawValue)")
            return nil
        }
        return (origin.name, shape)
    }
}
