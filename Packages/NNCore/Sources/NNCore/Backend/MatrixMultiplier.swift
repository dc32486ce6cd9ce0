import CNNKernels
import Foundation
import Synchronization

/// What ``BLASBackend`` multiplies matrices with: a BLAS of the system, or loops of our own.
///
/// `NN_BLAS` names a library, or `none` for our own loops; otherwise OpenBLAS is looked for. A library that cannot be
/// opened, would not find room, or calculates wrongly on this processor is not used, with one notice.
struct MatrixMultiplier: Sendable {
    /// nil for our own loops.
    let library: BLASLibrary?
    /// Why our own loops are used without having been asked for; nil where they are not.
    let problem: String?

    /// The process' own, chosen when it is first needed, with a notice where it is not as it should be.
    static let shared: Self = {
        let result = Self()
        if let problem = result.problem { Notice.print(problem) }
        return result
    }()

    /// Chooses. Tests state the arguments instead of the machine.
    init(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        freeAddresses: Int? = ProcessMemory.leftByLimits,
        open: (String) throws(EngineError) -> BLASLibrary = { name throws(EngineError) in try BLASLibrary(name) }
    ) {
        let chosen = environment["NN_BLAS"].flatMap { $0.isEmpty ? nil : $0 }
        guard chosen != "none" else {
            (library, problem) = (nil, nil)
            return
        }
        do throws(EngineError) {
            library = try Self.usableLibrary(chosen, freeAddresses: freeAddresses, open: open)
            problem = nil
        } catch {
            library = nil
            problem =
                error.description
                + ". Products of matrices are calculated by nnkit's own loops instead, which are slower."
        }
    }

    /// The library of a name, or OpenBLAS by the names that it has.
    /// - Throws: ``EngineError`` where there is none, or none can be used; the text has no full stop.
    private static func usableLibrary(
        _ chosen: String?, freeAddresses: Int?, open: (String) throws(EngineError) -> BLASLibrary
    ) throws(EngineError) -> BLASLibrary {
        let threads = max(Engine.threadCount, ProcessInfo.processInfo.activeProcessorCount)
        let needed = BLASLibrary.neededAddresses(threads: threads)
        if let freeAddresses, freeAddresses < needed {
            throw EngineError(
                "the limit of addresses (ulimit -v) leaves \(freeAddresses >> 20) MiB, and OpenBLAS may need "
                    + "\(needed >> 20) MiB for \(threads) threads; raise the limit, or set NN_BLAS=none")
        }
        var problems: [String] = []
        for name in chosen.map({ [$0] }) ?? BLASLibrary.names {
            let candidate: BLASLibrary
            do throws(EngineError) {
                candidate = try open(name)
            } catch {
                problems.append(error.description)
                continue
            }
            if let core = candidate.core, let missing = Self.instructions(missingFor: core) {
                throw EngineError(
                    "OpenBLAS uses kernels for \(core), which need \(missing), and this processor has none; unset "
                        + "OPENBLAS_CORETYPE, so that it chooses kernels for this processor")
            }
            guard let fault = ProductCheck.fault(of: { multiply($0, with: candidate) }) else { return candidate }
            let core = candidate.core.map { ", kernels \($0)" } ?? ""
            throw EngineError(
                "\(candidate.path) (\(candidate.version)\(core)) calculates wrongly on this processor (\(fault)); install "
                    + "a newer version, or choose other kernels by OPENBLAS_CORETYPE, such as Haswell")
        }
        if let chosen { throw EngineError("NN_BLAS is '\(chosen)': \(problems[0])") }
        // A library that is there and not fit says more than the names that are not there.
        let unfit = problems.first { !$0.contains("No such file") }.map { " (\($0))" } ?? ""
        throw EngineError(
            "there is no OpenBLAS on this machine\(unfit); install it (Debian: apt-get install libopenblas0-openmp), or "
                + "name another BLAS by NN_BLAS")
    }

    /// The instructions that kernels of OpenBLAS need and the processor lacks; nil where they can run.
    ///
    /// OpenBLAS does not look at the processor where `OPENBLAS_CORETYPE` chooses, and the first product is then an
    /// illegal instruction.
    /// - Parameter level: The vector instructions of the processor, see `nn_vector_level`.
    static func instructions(missingFor core: String, level: Int32 = nn_vector_level()) -> String? {
        let (needed, name) = instructions(of: core)
        return level < needed ? name : nil
    }

    /// The kernels that OpenBLAS is told to use in the place of those that it has chosen; nil where it has chosen well, or
    /// the user has.
    ///
    /// A version that is older than the processor may not know it, and takes kernels for any x86-64: 0.3.21 multiplies
    /// at 40 GFLOP/s on two cores of Emerald Rapids, at 230 by those for AVX-512, and at 135 by those for AVX2.
    /// - Parameter level: The vector instructions of the processor, see `nn_vector_level`.
    static func core(
        insteadOf core: String?, level: Int32 = nn_vector_level(),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String? {
        guard let core, instructions(of: core).level == 0, environment["OPENBLAS_CORETYPE", default: ""].isEmpty
        else { return nil }
        return level >= 3 ? "SkylakeX" : level == 2 ? "Haswell" : nil
    }

    private static func instructions(of core: String) -> (level: Int32, name: String) {
        switch core.lowercased() {
        case "sandybridge", "bulldozer", "piledriver", "steamroller": (1, "AVX")
        case "haswell", "zen", "excavator": (2, "AVX2")
        case "skylakex", "cooperlake", "sapphirerapids": (3, "AVX-512")
        default: (0, "")
        }
    }

    /// What is worth knowing about the choice, a line each.
    func notes(environment: [String: String] = ProcessInfo.processInfo.environment) -> [String] {
        guard let library else { return [problem ?? "NN_BLAS=none chose them"] }
        var notes = [library.path + (environment["NN_BLAS"].map { $0.isEmpty ? "" : ", chosen by NN_BLAS" } ?? "")]
        if let core = library.core {
            let wish = environment["OPENBLAS_CORETYPE"] ?? ""
            let choice =
                if library.coreIsOurs {
                    "chosen by nnkit, since the library does not know this processor"
                } else if wish.isEmpty {
                    "chosen by the library for this processor"
                } else if wish.lowercased() == core.lowercased() {
                    "chosen by OPENBLAS_CORETYPE in the environment"
                } else {
                    "although the environment says OPENBLAS_CORETYPE=\(wish)"
                }
            notes.append("kernels \(core), \(choice)")
        }
        notes.append(
            library.sharesThreads
                ? "divides products among the threads of nnkit" : "is given a part of a product by each thread")
        return notes
    }

    /// Calculates a product on the calling thread, or on all where the library shares them.
    func multiply(_ product: DenseProduct) {
        if let library { Self.multiply(product, with: library) } else { Self.multiplyByOwnLoops(product) }
    }

    /// Calculates `count` products on all threads.
    func multiplyOnAllThreads(_ count: Int, _ product: @escaping @Sendable (Int) -> DenseProduct) {
        guard count > 0 else { return }
        if library?.sharesThreads == true {
            for index in 0..<count { multiply(product(index)) }
            return
        }
        let first = product(0)
        let dividesRows = first.rows >= first.columns
        let (length, other) = dividesRows ? (first.rows, first.columns) : (first.columns, first.rows)
        // Six rows are a tile of our own loops; many more make up for what each part prepares.
        let tile = 96
        let tiles = (length + tile - 1) / tile
        let grain = max(1, 65536 / max(1, tile * other * first.inner))
        Engine.parallel(count * tiles, grain: grain) { range in
            for index in range.lowerBound / tiles...(range.upperBound - 1) / tiles {
                let begin = max(range.lowerBound, index * tiles) - index * tiles
                let end = min(range.upperBound, (index + 1) * tiles) - index * tiles
                let part = begin * tile..<min(end * tile, length)
                multiply(dividesRows ? product(index).part(rows: part) : product(index).part(columns: part))
            }
        }
    }

    /// Two threads that ask OpenBLAS for different numbers of threads would get each other's buffers.
    private static let turn = Mutex(())

    private static func multiply(_ product: DenseProduct, with library: BLASLibrary) {
        let largest = max(
            product.rows, product.columns, product.inner, product.leftStride, product.rightStride, product.resultStride)
        guard largest <= Int32.max, product.rows > 0, product.columns > 0, product.inner > 0 else {
            return multiplyByOwnLoops(product)
        }
        if library.sharesThreads, nn_is_in_parallel() == 0 {
            nn_apply_thread_count()
            turn.withLock { _ in call(library.product, product) }
        } else {
            call(library.product, product)
        }
    }

    private static func call(_ function: BLASLibrary.Product, _ product: DenseProduct) {
        let (rowMajor, plain, transposed): (Int32, Int32, Int32) = (101, 111, 112)
        function(
            rowMajor, product.transposesLeft ? transposed : plain, product.transposesRight ? transposed : plain,
            Int32(product.rows), Int32(product.columns), Int32(product.inner), 1, product.left,
            Int32(product.leftStride), product.right, Int32(product.rightStride), product.adds ? 1 : 0, product.result,
            Int32(product.resultStride))
    }

    static func multiplyByOwnLoops(_ product: DenseProduct) {
        nn_matrix_product(
            product.transposesLeft ? 1 : 0, product.transposesRight ? 1 : 0, Int64(product.rows),
            Int64(product.columns), Int64(product.inner), product.left, Int64(product.leftStride), product.right,
            Int64(product.rightStride), product.adds ? 1 : 0, product.result, Int64(product.resultStride))
    }
}
