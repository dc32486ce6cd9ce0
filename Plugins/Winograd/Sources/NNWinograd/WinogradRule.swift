import NNCore

/// Where Winograd's method is faster than sums of products, and with which tile.
///
/// The bounds come from times beside oneDNN with two threads, on two processors, by AVX-512 and by AVX2: of all 3x3
/// convolutions of VoVNet-57, ResNet-50, ResNet-20, SegNet and a real-time segmenter, at batch 1 and in training.
/// Over a network, the choices take at most 5 % longer than the fastest for each shape, and 7 % where a step of
/// training has one image.
enum WinogradRule {
    /// What is calculated.
    enum Use: Equatable {
        case forward(weightIsTrained: Bool)
        case inputGradient
        case weightGradient
    }

    /// The length of a tile of outputs, 4 or 2; nil where sums of products are faster.
    static func tile(
        _ shape: WinogradShape, _ use: Use, _ setting: WinogradTiles, _ instructions: WinogradInstructions,
        _ bfloat16: BFloat16Products = .none
    ) -> Int? {
        guard setting != .off, let fastest = fastestTile(shape, use, instructions, bfloat16) else { return nil }
        if setting == .fast { return fastest }
        // Transforming small tiles takes longer than multiplying few channels.
        return min(shape.inputChannels, shape.outputChannels) < 32 ? nil : 2
    }

    private static func fastestTile(
        _ shape: WinogradShape, _ use: Use, _ instructions: WinogradInstructions, _ bfloat16: BFloat16Products
    ) -> Int? {
        let (inputs, outputs) = (shape.inputChannels, shape.outputChannels)
        // Channels are transformed 16 at a time.
        guard (use == .inputGradient ? outputs : inputs) >= 16 else { return nil }
        let size = use == .inputGradient ? shape.inputSize : shape.outputSize
        let pixels = shape.images * size.area
        let tiles = shape.images * ((size.height + 3) / 4) * ((size.width + 3) / 4)
        switch bfloat16 {
        case .none: break
        case .vectors:
            // In float32 the weights are 8 times as large as in bfloat16 without tiles. With fewer tiles, reading or
            // packing them takes longer than is saved; sums of products are faster than tiles of 2x2, too.
            if use == .weightGradient { break }
            return tiles >= 40 ? 4 : nil
        case .tiles: return nil
        }
        let weightBytes = 36 * 4 * inputs * outputs
        // Images of 7x7 and 14x14 pixels take a third more in tiles of 4x4; the latter are whole tiles of 2x2.
        let isWasteful = 5 * pixels < 4 * 16 * tiles
        // With so little work, starting threads is most of the time, and a step of training starts them twice.
        let isInference = use == .forward(weightIsTrained: false)
        if 9 * pixels * inputs * outputs < (isInference ? 1_000_000 : 5_000_000) { return nil }
        if isInference {
            // Large weights come from memory each time, and are 4 times as large for tiles of 4x4, 1.8 times for 2x2:
            // at 25 GB/s that takes as long as 16 tiles save.
            if weightBytes > 2 << 20, tiles < 16 { return pixels < 36 ? nil : 2 }
            return isWasteful && tiles <= 16 ? 2 : 4
        }
        if use == .weightGradient { return isWasteful && tiles <= 16 ? 2 : 4 }
        // With few tiles, packing the weight takes the time; small tiles have less than half of it to pack. Products
        // take twice as long without AVX-512.
        let mostBytes = instructions == .avx512 ? 20 << 20 : 40 << 20
        if tiles < 16 || tiles <= 32 && weightBytes > mostBytes { return nil }
        return isWasteful && (tiles <= 16 || tiles <= 128 && weightBytes > 8 << 20) ? 2 : 4
    }
}
