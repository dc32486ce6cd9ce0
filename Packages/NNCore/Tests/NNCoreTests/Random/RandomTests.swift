import CNNKernels
import Foundation
import NNCore
import Testing

@Suite(.onSeveralThreads) struct RandomTests {
    let key = RandomKey(seed: 1)

    /// The known answers that Random123 publishes (kat_vectors, philox4x32 with 10 rounds).
    @Test(
        arguments: [
            ([0, 0], 0, [0xe169_c58d_6627_e8d5, 0x9b00_dbd8_bc57_ac4c]),
            ([.max, .max], .max, [0x41c8_3b0e_408f_276d, 0x6d54_51fd_a20b_c7c6]),
            (
                [0x85a3_08d3_243f_6a88, 0x0370_7344_1319_8a2e], 0x299f_31d0_a409_3822,
                [0x94fd_cceb_d16c_fe09, 0x2412_6ea1_5001_e420]
            ),
        ] as [([UInt64], UInt64, [UInt64])])
    func knownAnswers(_ counter: [UInt64], _ key: UInt64, _ expected: [UInt64]) {
        var first: UInt64 = 0
        var second: UInt64 = 0
        nn_philox(key, counter[0], counter[1], &first, &second)
        #expect(
            [first, second] == expected,
            "\(String(first, radix: 16)) \(String(second, radix: 16))")
    }

    @Test func fillsFollowTheGenerator() {
        var generator = RandomGenerator(key: key)
        let words = (0..<100).flatMap { _ in
            let number = generator.next()
            return [UInt32(truncatingIfNeeded: number), UInt32(truncatingIfNeeded: number >> 32)]
        }
        #expect(Tensor.uniform([199], key: key).floats == words.prefix(199).map { Float($0 >> 8) * 0x1p-24 })
    }

    @Test func fillsDoNotDependOnLengthOrThreads() throws {
        let count = 200_001
        let several = (Tensor.uniform([count], key: key), Tensor.normal([count], key: key))
        let threads = nn_thread_count()
        nn_set_thread_count(1)
        defer { nn_set_thread_count(threads) }
        #expect(Tensor.uniform([count], key: key).floats == several.0.floats)
        #expect(Tensor.normal([count], key: key).floats == several.1.floats)
        #expect(Tensor.normal([77], key: key).floats == Array(several.1.floats.prefix(77)))
    }

    @Test func uniformNumbers() {
        let count = 200_000
        let numbers = Tensor.uniform([count], in: -2..<3, key: key)
        #expect(numbers.min().item >= -2 && numbers.max().item < 3)
        // Mean 0.5 and variance 25/12, within five standard errors.
        #expect(abs(numbers.mean().item - 0.5) < 0.017)
        #expect(abs(numbers.variance().item - 25.0 / 12) < 0.025)
        let bins = numbers.floats.reduce(into: [Int](repeating: 0, count: 10)) { $0[Int(($1 + 2) * 2)] += 1 }
        #expect(bins.allSatisfy { abs($0 - count / 10) < 700 }, "\(bins)")
        let tight = Tensor.uniform([10_000], in: 1..<Float(1).nextUp.nextUp, key: key)
        #expect(tight.max().item < Float(1).nextUp.nextUp)
    }

    @Test func normalNumbers() {
        let count = 200_000
        let numbers = Tensor.normal([count], mean: 3, standardDeviation: 2, key: key)
        #expect(abs(numbers.mean().item - 3) < 0.023)
        #expect(abs(numbers.variance().item - 4) < 0.064)
        // The parts within one, two and three standard deviations.
        let distances = ((numbers - 3) / 2).abs()
        for (limit, part) in [(1, 0.6827), (2, 0.9545), (3, 0.9973)] as [(Float, Float)] {
            let found = distances.isLess(than: limit).sum().item / Float(count)
            #expect(abs(found - part) < 0.0053, "\(limit): \(found)")
        }
        // Neighbours come from one pair of words; they must not be correlated.
        let pairs = ((numbers - 3) / 2).reshaped([count / 2, 2]).floats
        let product = stride(from: 0, to: count, by: 2).reduce(0.0) { $0 + Double(pairs[$1] * pairs[$1 + 1]) }
        #expect(abs(product / Double(count / 2)) < 0.016)
        #expect(Tensor.normal([5], key: key, dataType: .bfloat16).dataType == .bfloat16)
    }

    @Test func choices() {
        let ones = Tensor.bernoulli([100_000], probability: 0.3, key: key)
        #expect(ones.dataType == .uint8 && abs(ones.sum().item - 30_000) < 725)
        #expect(Tensor.bernoulli([100], probability: 0, key: key).sum().item == 0)
        #expect(Tensor.bernoulli([100], probability: 1, key: key).sum().item == 100)
    }

    @Test func permutations() {
        for count in [0, 1, 2, 257] {
            #expect(key.permutation(count).sorted() == Array(0..<count))
        }
        #expect(key.permutation(100) == key.permutation(100))
        #expect(key.permutation(100) != key.derived(1).permutation(100))
        // All six orders of three, each a sixth of the time.
        let orders = (0..<6000).reduce(into: [[Int]: Int]()) {
            $0[key.derived(UInt64($1)).permutation(3), default: 0] += 1
        }
        #expect(orders.count == 6 && orders.values.allSatisfy { abs($0 - 1000) < 150 }, "\(orders)")
    }
}
