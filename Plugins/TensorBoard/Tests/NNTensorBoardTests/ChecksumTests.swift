import Testing

@testable import NNTensorBoard

@Suite struct ChecksumTests {
    /// RFC 3720, appendix B.4, and the check value of CRC-32C.
    @Test func valuesOfTheStandard() {
        #expect(Checksum.crc32c([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(Checksum.crc32c([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(Checksum.crc32c(0..<32) == 0x46DD_794E)
        #expect(Checksum.crc32c("123456789".utf8) == 0xE306_9283)
    }

    @Test func masksDifferFromTheirChecksums() {
        let value: UInt32 = 0xE306_9283
        #expect(Checksum.masked("123456789".utf8) == (value >> 15 | value << 17) &+ 0xA282_EAD8)
    }
}
