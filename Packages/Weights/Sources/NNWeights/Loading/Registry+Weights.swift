import Foundation
import NNLayers

extension Registry {
    /// Opens a file of weights by the registered format that recognizes its content.
    ///
    /// Where several do, it is the one whose files end in what this one does, or else the first by name.
    /// - Throws: `TensorFileError` where the file cannot be read, is not whole, or no registered format knows it.
    public func openWeights(_ url: URL) throws -> any WeightFile {
        let beginning = try MappedFile(url).withUnsafeBytes { Array($0.prefix(512)) }
        let formats = try names(of: .weightFormat).map { name in
            (name: name, format: try build(.weightFormat, from: ConfigNode(.string(name))))
        }
        let ending = url.pathExtension.lowercased()
        let recognized = formats.map(\.format).filter { $0.recognizes(beginning) }
        guard let format = recognized.first(where: { $0.fileExtensions.contains(ending) }) ?? recognized.first else {
            let known = formats.map(\.name).joined(separator: ", ")
            throw TensorFileError(
                .malformed, file: url, reason: Self.guess(beginning) ?? "is of no known format of weights: \(known)")
        }
        return try format.open(url)
    }

    /// What a file that no format recognizes is, and what to do about it.
    private static func guess(_ beginning: [UInt8]) -> String? {
        let text = String(decoding: beginning, as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{feff}" }.lowercased()
        if beginning.isEmpty { return "is empty; copy or download it again" }
        if beginning.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]) {
            return "is an HDF5 file, as Keras writes; build nn with the trait Keras to read it"
        }
        if text.hasPrefix("version https://git-lfs") {
            return "is a pointer of Git LFS and not the file itself; run 'git lfs pull' where it comes from"
        }
        if text.hasPrefix("<!doctype") || text.hasPrefix("<html") {
            return "is a web page and not the file itself; download it again from the address of the file"
        }
        return nil
    }
}

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
