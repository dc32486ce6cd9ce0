import CNNBFloat16
import NNCore
import Testing

/// The emulated instructions as Intel's manual describes them.
@Suite struct EmulationTests {
    private static func configure(_ sizes: [(rows: UInt8, bytes: UInt16)], palette: UInt8 = 1) {
        var configuration = nn_tile_configuration()
        configuration.palette = palette
        withUnsafeMutableBytes(of: &configuration.rows) { rows in
            for (index, size) in sizes.enumerated() { rows[index] = size.rows }
        }
        withUnsafeMutableBytes(of: &configuration.row_bytes) { bytes in
            for (index, size) in sizes.enumerated() {
                bytes.storeBytes(of: size.bytes, toByteOffset: 2 * index, as: UInt16.self)
            }
        }
        nn_emulated_tile_configure(&configuration)
    }

    /// Tiles that are not whole: 3 rows of 6 numbers times 6 rows of 5.
    @Test func multipliesPairs() {
        let (rows, columns, pairs) = (3, 5, 3)
        Self.configure([(UInt8(rows), UInt16(4 * columns)), (UInt8(rows), UInt16(4 * pairs)), (3, UInt16(4 * columns))])
        defer { nn_emulated_tile_configure(nil) }
        var numbers = BFloat16Numbers(7)
        let (a, b) = (numbers.tensor([rows, 2 * pairs]), numbers.tensor([pairs, columns, 2]))
        let (left, right) = (a.cast(to: .bfloat16), b.cast(to: .bfloat16))
        var sums = [Float](repeating: 1, count: rows * columns)
        nn_emulated_tile_load(0, &sums, 4 * columns)
        left.withUnsafeBytes { nn_emulated_tile_load(1, $0.baseAddress!, 4 * pairs) }
        right.withUnsafeBytes { nn_emulated_tile_load(2, $0.baseAddress!, 4 * columns) }
        nn_emulated_tile_multiply(0, 1, 2)
        nn_emulated_tile_store(0, &sums, 4 * columns)
        let (x, y) = (left.cast(to: .float32).floats, right.cast(to: .float32).floats)
        for row in 0..<rows {
            for column in 0..<columns {
                var sum: Float = 1
                for k in 0..<2 * pairs {
                    sum += x[row * 2 * pairs + k] * y[(k / 2 * columns + column) * 2 + k % 2]
                }
                #expect(abs(sums[row * columns + column] - sum) < 1e-5)
            }
        }
    }

    @Test func vectorsMultiplyPairsAndFlush() {
        var sums = [Float](repeating: 2, count: 16)
        // 1 in the upper half and 3 in the lower one; a denormal number in place of it.
        var left = [UInt32](repeating: 0x3f80_4040, count: 16)
        let right = [UInt32](repeating: 0x4000_4000, count: 16)
        left[1] = 0x3f80_0001
        sums[2] = 0x1p-127
        left[2] = 0
        nn_emulated_vector_multiply(&sums, left, right)
        #expect(sums[0] == 10)
        #expect(sums[1] == 4)
        #expect(sums[2] == 0)
    }

    @Test func tilesMustBeConfigured() async {
        await #expect(processExitsWith: .failure) { nn_emulated_tile_zero(0) }
        await #expect(processExitsWith: .failure) {
            EmulationTests.configure([(16, 64)])
            nn_emulated_tile_zero(1)
        }
        await #expect(processExitsWith: .failure) { EmulationTests.configure([(17, 64)]) }
        await #expect(processExitsWith: .failure) { EmulationTests.configure([(16, 66)]) }
        await #expect(processExitsWith: .failure) { EmulationTests.configure([(16, 64)], palette: 0) }
    }

    @Test func tilesMustFit() async {
        await #expect(processExitsWith: .success) {
            EmulationTests.configure([(16, 64), (16, 64), (16, 64)])
            nn_emulated_tile_multiply(0, 1, 2)
        }
        await #expect(processExitsWith: .failure) {
            EmulationTests.configure([(16, 64), (8, 64), (16, 64)])
            nn_emulated_tile_multiply(0, 1, 2)
        }
        await #expect(processExitsWith: .failure) {
            EmulationTests.configure([(16, 64), (16, 32), (16, 64)])
            nn_emulated_tile_multiply(0, 1, 2)
        }
        await #expect(processExitsWith: .failure) {
            EmulationTests.configure([(16, 64), (16, 64), (16, 64)])
            nn_emulated_tile_multiply(0, 1, 1)
        }
    }
}
