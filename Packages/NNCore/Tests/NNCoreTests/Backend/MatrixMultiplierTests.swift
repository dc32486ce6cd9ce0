import Foundation
import Testing

@testable import NNCore

@Suite struct MatrixMultiplierTests {
    private static func opened(sharesThreads: Bool = false, _ product: BLASLibrary.Product) -> BLASLibrary {
        BLASLibrary(
            product: product, path: "/usr/lib/libtest.so", version: "OpenBLAS 0.0.1", core: "Nehalem",
            sharesThreads: sharesThreads)
    }

    /// A product by its definition.
    private static let right: BLASLibrary.Product = {
        _, left, right, rows, columns, inner, _, a, lda, b, ldb, beta, c, ldc in
        for i in 0..<Int(rows) {
            for j in 0..<Int(columns) {
                var sum = 0.0
                for k in 0..<Int(inner) {
                    let x = a[left == 111 ? i * Int(lda) + k : k * Int(lda) + i]
                    let y = b[right == 111 ? k * Int(ldb) + j : j * Int(ldb) + k]
                    sum += Double(x) * Double(y)
                }
                let position = c + i * Int(ldc) + j
                position.pointee = (beta == 0 ? 0 : position.pointee) + Float(sum)
            }
        }
    }

    /// One product by our own loops, and a fault as a library may have it.
    private struct Fault {
        let name: String
        let multiply: (DenseProduct) -> Void

        init(_ name: String, _ multiply: @escaping (DenseProduct) -> Void) {
            self.name = name
            self.multiply = multiply
        }

        /// A fault of what is asked for.
        static func asking(_ name: String, _ change: @escaping (inout DenseProduct) -> Void) -> Self {
            Self(name) { product in
                var product = product
                change(&product)
                MatrixMultiplier.multiplyByOwnLoops(product)
            }
        }

        /// A fault of the result.
        static func spoiling(_ name: String, _ change: @escaping (DenseProduct) -> Void) -> Self {
            Self(name) { product in
                MatrixMultiplier.multiplyByOwnLoops(product)
                change(product)
            }
        }
    }

    private static var faults: [Fault] {
        var faults = [Fault("does nothing") { _ in }]
        faults.append(.asking("gives zeros") { $0.inner = 0 })
        faults.append(.asking("writes where it should add") { $0.adds = false })
        faults.append(.asking("adds where it should write") { $0.adds = true })
        faults.append(.asking("leaves out the last of 65 terms") { $0.inner = $0.inner == 65 ? 64 : $0.inner })
        faults.append(.asking("leaves out a row behind whole tiles") { $0.rows = $0.rows == 33 ? 32 : $0.rows })
        faults.append(.asking("leaves out a column behind vectors") { $0.columns = $0.columns == 33 ? 32 : $0.columns })
        faults.append(
            .asking("takes the left operand as it stands") { product in
                if product.transposesLeft { product.leftStride = product.inner }
                product.transposesLeft = false
            })
        faults.append(
            .asking("takes the right operand as it stands") { product in
                if product.transposesRight { product.rightStride = product.columns }
                product.transposesRight = false
            })
        faults.append(.spoiling("writes a column too many") { $0.result[$0.columns] = 0 })
        faults.append(.spoiling("is as exact as bfloat16") { $0.result[0] = Float(BFloat16($0.result[0])) })
        faults.append(.spoiling("is wrong for one row") { if $0.rows == 1 { $0.result[0] += 0.001 } })
        faults.append(
            .spoiling("is wrong for large products") { product in
                if product.rows > 64, product.columns > 64 { product.result[70 * product.resultStride + 70] += 0.01 }
            })
        return faults
    }

    @Test func whatIsRightPassesTheCheck() {
        #expect(ProductCheck.fault(of: MatrixMultiplier.multiplyByOwnLoops) == nil)
        let chosen = MatrixMultiplier(environment: [:], freeAddresses: nil) { _ in Self.opened(Self.right) }
        #expect(chosen.library != nil)
        #expect(chosen.problem == nil)
    }

    @Test func whatIsWrongIsSeen() {
        for fault in Self.faults { #expect(ProductCheck.fault(of: fault.multiply) != nil, "\(fault.name)") }
    }

    @Test func whatIsWrongIsNotUsed() {
        let chosen = MatrixMultiplier(environment: [:], freeAddresses: nil) { _ in
            Self.opened { _, _, _, _, _, _, _, _, _, _, _, _, _, _ in }
        }
        #expect(chosen.library == nil)
        for part in ["libtest.so (OpenBLAS 0.0.1, kernels Nehalem)", "calculates wrongly", "OPENBLAS_CORETYPE"] {
            #expect(chosen.problem?.contains(part) == true)
        }
    }

    /// Sizes around the tiles of the loops, which begin anew at 6 rows, 16 and 256 columns and 256 terms.
    private static let sizes: [[Int]] =
        [1, 5, 6, 7, 13].flatMap { m in [1, 15, 16, 17, 33].flatMap { n in [0, 1, 2, 65].map { [m, n, $0] } } }
        + [[3, 255, 5], [3, 257, 255], [7, 513, 256], [2, 4, 257], [9, 260, 515], [0, 3, 4], [3, 0, 4]]

    @Test func ourOwnLoopsAreRight() {
        for size in Self.sizes {
            let (m, n, k) = (size[0], size[1], size[2])
            let key = RandomKey(seed: 7)
            let left = Tensor.uniform([max(m * k, 1)], in: -1..<1, key: key.derived(1)).floats
            let right = Tensor.uniform([max(n * k, 1)], in: -1..<1, key: key.derived(2)).floats
            for variant in 0..<8 {
                let (turnsLeft, turnsRight, adds) = (variant & 1 != 0, variant & 2 != 0, variant & 4 != 0)
                var result = [Float](repeating: adds ? 0.5 : .nan, count: max(m * (n + 2), 1))
                result.withUnsafeMutableBufferPointer { result in
                    left.withUnsafeBufferPointer { left in
                        right.withUnsafeBufferPointer { right in
                            MatrixMultiplier.multiplyByOwnLoops(
                                DenseProduct(
                                    rows: m, columns: n, inner: k, left: left.baseAddress!,
                                    leftStride: turnsLeft ? m : k, transposesLeft: turnsLeft,
                                    right: right.baseAddress!, rightStride: turnsRight ? k : n,
                                    transposesRight: turnsRight, result: result.baseAddress!, resultStride: n + 2,
                                    adds: adds))
                        }
                    }
                }
                var largest = 0.0
                for i in 0..<m {
                    for j in 0..<n {
                        var exact = adds ? 0.5 : 0.0
                        for l in 0..<k {
                            let a = left[turnsLeft ? l * m + i : i * k + l]
                            let b = right[turnsRight ? j * k + l : l * n + j]
                            exact += Double(a) * Double(b)
                        }
                        let error = abs(Double(result[i * (n + 2) + j]) - exact)
                        largest = error.isNaN ? .infinity : max(largest, error)
                    }
                    for gap in 0..<2 {
                        let rest = result[i * (n + 2) + n + gap]
                        #expect(adds ? rest == 0.5 : rest.isNaN, "\(size) \(variant)")
                    }
                }
                #expect(largest <= Double(k + 2) * 1.2e-7, "\(size) \(variant)")
            }
        }
    }

    @Test(arguments: [false, true], [1, 2, 3])
    func productsAreDividedAmongThreads(_ sharesThreads: Bool, _ threads: Int) {
        let choices = [
            MatrixMultiplier(environment: ["NN_BLAS": "none"]),
            MatrixMultiplier(environment: [:], freeAddresses: nil) { _ in
                Self.opened(sharesThreads: sharesThreads, Self.right)
            },
        ]
        for (batch, m, n, k) in [(1, 200, 30, 9), (1, 30, 500, 9), (3, 97, 5, 40), (70, 5, 5, 5), (2, 1, 1, 1)] {
            let left = Tensor.uniform([batch, m, k], in: -1..<1, key: RandomKey(seed: 3))
            let right = Tensor.uniform([batch, k, n], in: -1..<1, key: RandomKey(seed: 4))
            let exact = Tensor.matmul(left, right).floats
            for choice in choices {
                let result = Tensor.full([batch, m, n], value: .nan)
                let (from, by, to) = (left.address, right.address, result.address)
                Engine.withThreads(threads) {
                    choice.multiplyOnAllThreads(batch) { index in
                        DenseProduct(
                            rows: m, columns: n, inner: k, left: from.floats + index * m * k, leftStride: k,
                            right: by.floats + index * k * n, rightStride: n, result: to.floats + index * m * n,
                            resultStride: n)
                    }
                }
                #expect(zip(result.floats, exact).allSatisfy { abs($0 - $1) < 1e-5 }, "\(batch) \(m) \(n) \(k)")
            }
        }
    }

    @Test func littleRoomKeepsOpenBLASAway() {
        let chosen = MatrixMultiplier(environment: [:], freeAddresses: 300 << 20) { name throws(EngineError) in
            Issue.record("\(name) was opened")
            throw EngineError("")
        }
        #expect(chosen.library == nil)
        #expect(chosen.problem?.contains("(ulimit -v) leaves 300 MiB") == true)
    }

    @Test func theVariableChooses() {
        var asked: [String] = []
        _ = MatrixMultiplier(environment: ["NN_BLAS": "libmine.so"], freeAddresses: nil) { name throws(EngineError) in
            asked.append(name)
            throw EngineError("libmine.so: cannot open shared object file: No such file or directory")
        }
        #expect(asked == ["libmine.so"])
        let none = MatrixMultiplier(environment: ["NN_BLAS": "none"]) { name throws(EngineError) in
            Issue.record("\(name) was opened")
            throw EngineError("")
        }
        #expect(none.problem == nil)
        #expect(none.notes(environment: [:]) == ["NN_BLAS=none chose them"])
    }

    @Test func theNextNameIsTaken() {
        let chosen = MatrixMultiplier(environment: [:], freeAddresses: nil) { name throws(EngineError) in
            guard name == BLASLibrary.names[2] else { throw EngineError("\(name): built without threads") }
            return Self.opened(Self.right)
        }
        #expect(chosen.library != nil)
        let nothing = MatrixMultiplier(environment: [:], freeAddresses: nil) { name throws(EngineError) in
            throw EngineError(name == BLASLibrary.names[1] ? "unfit" : "\(name): No such file or directory")
        }
        #expect(nothing.problem?.hasPrefix("there is no OpenBLAS on this machine (unfit); ") == true)
    }

    @Test func theEnvironmentsChoiceOfKernelsIsTold() {
        func notes(_ wish: String?) -> String {
            MatrixMultiplier(environment: [:], freeAddresses: nil) { _ in Self.opened(Self.right) }
                .notes(environment: wish.map { ["OPENBLAS_CORETYPE": $0] } ?? [:]).joined(separator: "\n")
        }
        #expect(notes(nil).contains("kernels Nehalem, chosen by the library for this processor"))
        #expect(notes("nehalem").contains("kernels Nehalem, chosen by OPENBLAS_CORETYPE in the environment"))
        #expect(notes("Zen9").contains("although the environment says OPENBLAS_CORETYPE=Zen9"))
    }

    /// An older processor than `OPENBLAS_CORETYPE` says: the first product would be an illegal instruction.
    @Test(
        arguments: [
            ("Nehalem", 0, nil), ("Sandybridge", 0, "AVX"), ("Sandybridge", 1, nil), ("HASWELL", 1, "AVX2"),
            ("Zen", 0, "AVX2"), ("Zen", 2, nil), ("SkylakeX", 2, "AVX-512"), ("Cooperlake", 2, "AVX-512"),
            ("SapphireRapids", 3, nil), ("ARMV8", 3, nil),
        ] as [(String, Int32, String?)])
    func kernelsOfNewerProcessorsAreRefused(core: String, level: Int32, missing: String?) {
        #expect(MatrixMultiplier.instructions(missingFor: core, level: level) == missing)
    }

    /// A newer processor than the library knows: it would calculate with kernels for any processor.
    @Test(
        arguments: [
            ("Prescott", 3, "", "SkylakeX"), ("Prescott", 2, "", "Haswell"), ("Nehalem", 2, "", "Haswell"),
            ("Prescott", 1, "", nil), ("Prescott", 3, "Prescott", nil), ("Haswell", 3, "", nil),
            ("Zen", 2, "", nil), ("Sandybridge", 1, "", nil), ("ARMV8", 0, "", nil), (nil, 3, "", nil),
        ] as [(String?, Int32, String, String?)])
    func kernelsForAnyProcessorAreReplaced(core: String?, level: Int32, wish: String, better: String?) {
        let found = MatrixMultiplier.core(insteadOf: core, level: level, environment: ["OPENBLAS_CORETYPE": wish])
        #expect(found == better)
    }

    /// No kernels for any processor are left in use on one with vectors of 256 bits, whatever the library chose.
    @Test func theLibraryUsesVectorsOfThisProcessor() throws {
        guard let library = MatrixMultiplier.shared.library else { return }
        #expect(MatrixMultiplier.core(insteadOf: library.core) == nil)
    }
}
