import NNCore

/// Where Winograd's method is faster than sums of products, and with which tile.
///
/// The bounds come from times beside oneDNN with two threads, of the 3x3 convolutions of VoVNet-57, ResNet-50, ResNet-20,
/// SegNet and a real-time segmenter at batch 1 and in training.
enum WinogradRule {
    /// What is calculated.
    enum Use: Equatable {
        case forward(weightIsTrained: Bool)
        case inputGradient
        case weightGradient
    }

    /// The length of a tile of outputs, 4 or 2; nil where sums of products are faster.
    static func tile(_ shape: WinogradShape, _ use: Use, _ setting: WinogradTiles) -> Int? {
        guard setting != .off, let fastest = fastestTile(shape, use) else { return nil }
        return setting == .fast ? fastest : 2
    }

    private static func fastestTile(_ shape: WinogradShape, _ use: Use) -> Int? {
        let (inputs, outputs) = (shape.inputChannels, shape.outputChannels)
        // Channels are transformed 16 at a time.
        guard (use == .inputGradient ? outputs : inputs) >= 16 else { return nil }
        let size = use == .inputGradient ? shape.inputSize : shape.outputSize
        let tiles = shape.images * ((size.height + 3) / 4) * ((size.width + 3) / 4)
        let products = 9 * shape.images * size.area * inputs * outputs
        // With so little work, starting threads is most of the time, and packing a weight starts them once more.
        let packs = use != .forward(weightIsTrained: false)
        if packs, products < 5_000_000 { return nil }
        if use == .weightGradient { return tiles <= 4 ? 2 : 4 }
        // With few tiles, bringing transformed weights takes the time, and the small tile has fewer of them.
        let isLarge = 36 * 4 * inputs * outputs > 10 << 20
        if !packs { return isLarge && tiles <= 16 ? 2 : 4 }
        if tiles < 16 { return nil }
        return isLarge && tiles <= 32 ? 2 : 4
    }
}
