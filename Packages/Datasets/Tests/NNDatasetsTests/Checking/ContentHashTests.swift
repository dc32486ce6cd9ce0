import Testing

@_spi(Internal) @testable import NNDatasets

struct ContentHashTests {
    /// Values of the reference implementation of XXH64 with seed 0; the lengths reach every branch.
    @Test(
        arguments: [
            ("", 0xef46_db37_51d8_e999), ("abc", 0x44bc_2cf5_ad77_0999),
            ("Nobody inspects the spammish repetition", 0xfbce_a83c_8a37_8bf1),
        ] as [(String, UInt64)])
    func knownValues(text: String, expected: UInt64) {
        let hash = Array(text.utf8).withUnsafeBytes { ContentHash.hash($0, seed: 0) }
        #expect(hash == expected)
    }

    @Test func everyByteCounts() {
        var bytes = (0..<101).map { UInt8($0) }
        let hash = bytes.withUnsafeBytes { ContentHash.hash($0, seed: 7) }
        for index in bytes.indices {
            bytes[index] ^= 1
            #expect(bytes.withUnsafeBytes { ContentHash.hash($0, seed: 7) } != hash)
            bytes[index] ^= 1
        }
    }

    @Test func textHasAllDigits() {
        #expect(ContentHash().text == "0000000000000000")
        var left = ContentHash()
        left.add("ab")
        var right = ContentHash()
        right.add("a")
        right.add("b")
        #expect(left.text != right.text)
        #expect(left.text.count == 16)
    }
}
