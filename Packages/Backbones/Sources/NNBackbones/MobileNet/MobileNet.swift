/// What the versions of MobileNet have in common.
enum MobileNet {
    /// A number of channels multiplied by a width: a multiple of 8, at least 8, and no more than a tenth
    /// below the product.
    static func channels(_ count: Int, width: Float) -> Int {
        let product = Float(count) * width
        let rounded = max(8, Int(product + 4) / 8 * 8)
        return Float(rounded) < 0.9 * product ? rounded + 8 : rounded
    }
}
