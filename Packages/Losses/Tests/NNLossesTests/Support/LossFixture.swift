import Foundation
import NNLayers
import Testing

/// Logits and labels with PyTorch's loss of them; written by Tests/Fixtures/make_losses.py.
struct LossFixture: Sendable, CustomStringConvertible {
    let name: String
    let classCount: Int
    /// The label of what does not count.
    let ignoreIndex: Int
    /// The loss as a configuration writes it.
    let node: ConfigNode
    private let file: SafetensorsFile

    var description: String { name }

    /// The tensor of a role, such as `input` or `input_gradient`.
    func tensor(_ role: String) throws -> Tensor { try file.tensor(named: "\(name).\(role)") }

    static func all() throws -> [LossFixture] {
        let url = try #require(
            Bundle.module.url(forResource: "losses", withExtension: "safetensors", subdirectory: "Fixtures"))
        let file = try SafetensorsFile(url)
        let text = try #require(file.metadata["cases"])
        let json = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let cases = try #require(json as? [String: [String: Any]])
        return try cases.keys.sorted().map { name in
            let parameters = cases[name]!
            return LossFixture(
                name: name, classCount: try #require(parameters["classes"] as? Int),
                ignoreIndex: try #require(parameters["ignored"] as? Int),
                node: configNode(try #require(parameters["loss"])).moved(to: ""), file: file)
        }
    }
}

/// A value of JSON as a configuration has it.
func configNode(_ value: Any) -> ConfigNode {
    switch value {
    case let text as String: ConfigNode(.string(text))
    case let list as [Any]: ConfigNode(.sequence(list.map(configNode)))
    case let mapping as [String: Any]:
        ConfigNode(.mapping(mapping.map { ConfigEntry(key: $0, value: configNode($1)) }))
    case let number as NSNumber where CFBoolean.isBoolean(number): ConfigNode(.boolean(number.boolValue))
    case let number as NSNumber:
        number.doubleValue == number.doubleValue.rounded()
            ? ConfigNode(.integer(number.intValue)) : ConfigNode(.float(number.doubleValue))
    default: .null
    }
}

private enum CFBoolean {
    /// JSON's true and false are numbers of one byte.
    static func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
