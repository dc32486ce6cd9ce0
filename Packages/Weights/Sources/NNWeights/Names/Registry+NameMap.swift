import Foundation
import NNLayers

extension Registry {
    /// The name map of a name, or of a file that holds one.
    /// - Throws: `OptionError` for what is neither, ``WeightError`` with the line for a file that is no table.
    public func nameMap(_ name: String) throws -> NameMap {
        let known = names(of: .nameMap)
        if known.contains(name) { return try build(.nameMap, from: ConfigNode(.string(name))) }
        let url = URL(fileURLWithPath: name)
        guard let text = try? String(contentsOf: url, encoding: .utf8) else {
            throw OptionError(
                "names",
                "'\(name)' is neither a registered name map nor a file with one; "
                    + NearestName.remedy(name, among: known))
        }
        do {
            return try NameMap(text)
        } catch {
            throw WeightError(file: url, reason: "\(error)")
        }
    }
}
