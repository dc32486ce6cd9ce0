/// Numbers layers of Keras anew that have got their names by themselves: `conv2d`, `conv2d_1`, ...
///
/// Keras counts all layers of a program, so that the same network has other numbers where another was made before
/// it; and its first versions began with 1 where the later ones begin without a number.
struct LayerCounter {
    /// What the names begin with: `conv2d`.
    let layer: String

    /// The names with the layer's numbers from 1 on, in their order.
    func renumbered(_ names: [String]) -> [String] {
        let parts = names.map { $0.split(separator: "/", omittingEmptySubsequences: false).map(String.init) }
        let numbers = Set(parts.flatMap { $0.compactMap(number) }).sorted()
        let places = Dictionary(uniqueKeysWithValues: zip(numbers, 1...))
        return parts.map { parts in
            parts.map { part in number(part).flatMap { places[$0] }.map { "\(layer)_\($0)" } ?? part }
                .joined(separator: "/")
        }
    }

    /// The number of a layer; 0 where it has none, and nil where it is another.
    private func number(_ part: String) -> Int? {
        if part == layer { return 0 }
        return part.hasPrefix(layer + "_") ? Int(part.dropFirst(layer.count + 1)) : nil
    }
}
