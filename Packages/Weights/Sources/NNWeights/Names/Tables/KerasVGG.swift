extension NameTable {
    static let kerasVGG16 = kerasVGG(depth: 16, convolutionCounts: [2, 2, 3, 3, 3])
    static let kerasVGG19 = kerasVGG(depth: 19, convolutionCounts: [2, 2, 4, 4, 4])

    /// Without the dense layers, whose first sees 7x7 pixels and no mean of them.
    private static func kerasVGG(depth: Int, convolutionCounts: [Int]) -> NameTable {
        var text = "nested = true\n"
        // torchvision numbers all layers: each convolution with its activation, and each pool.
        var number = 0
        for (stage, count) in convolutionCounts.enumerated() {
            for index in 0..<count {
                text += convolution("block\(stage + 1)_conv\(index + 1)", "features.\(number)")
                number += 2
            }
            number += 1
        }
        return NameTable(
            name: "keras_vgg\(depth)", summary: "VGG-\(depth) of Keras, without the dense layers",
            text: text + """
                fc{n}/*         -
                predictions/*   -
                """)
    }
}
