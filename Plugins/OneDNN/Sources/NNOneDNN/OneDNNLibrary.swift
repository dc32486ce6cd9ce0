import CNNOneDNN
import Foundation
import NNCore
import Synchronization

/// The shared library of oneDNN: the file in use, and why another one cannot be used.
///
/// It is not linked, and its headers are not needed: on a machine without it, programs start and calculate with the next
/// backend.
struct OneDNNLibrary: @unchecked Sendable {
    // Sendable: the pointee is constant once the library is open, and its functions may be called from any thread.
    private let pointer: UnsafePointer<onednn_library>
    let path: String

    var functions: onednn_library { _read { yield pointer.pointee } }
    var version: OneDNNVersion { OneDNNVersion(functions.version) }
    /// Empty on Arm, where the number has another meaning.
    var instructions: InstructionSet {
        #if arch(arm64)
        []
        #else
        InstructionSet(rawValue: functions.isa)
        #endif
    }

    /// Whether the processor has no instructions for products of bfloat16.
    var emulatesBFloat16: Bool {
        #if arch(arm64)
        false
        #else
        !instructions.isSuperset(of: .avx512BF16)
        #endif
    }

    // The state that it guards is static in onednn.c.
    private static let lock = Mutex(())
    private static let remedy =
        "Install oneDNN (apt-get install libdnnl2, libdnnl3 or libdnnl3.6, whichever your system has), or set "
        + "NN_ONEDNN=path to its file, for convolutions that are several times faster."

    /// Opens the library that `NN_ONEDNN` names, or else the newest one installed.
    /// - Throws: ``EngineError`` with path, reason and remedy.
    static func open(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(EngineError) -> OneDNNLibrary {
        try lock.withLock { _ throws(EngineError) -> OneDNNLibrary in
            if let chosen = environment["NN_ONEDNN"], !chosen.isEmpty {
                do throws(OpenFailure) { return try OneDNNLibrary(opening: chosen) } catch {
                    throw EngineError(
                        "NN_ONEDNN: '\(chosen)' cannot be used: \(error.reason). Set it to the file of oneDNN 2.6 or later "
                            + "(libdnnl.so.2, libdnnl.so.3), or unset it to use the installed one.",
                        isWrongSetting: true)
                }
            }
            var reasons: [String] = []
            for path in candidates(in: folders(environment)) {
                do throws(OpenFailure) { return try OneDNNLibrary(opening: path) } catch {
                    // A name that the dynamic linker does not find is nothing to report.
                    if path.contains("/") { reasons.append("\(path): \(error.reason)") }
                }
            }
            guard reasons.isEmpty else {
                throw EngineError("oneDNN cannot be used (\(reasons.joined(separator: "; "))). \(remedy)")
            }
            throw EngineError("oneDNN (libdnnl.so.3 or libdnnl.so.2) is not installed. \(remedy)")
        }
    }

    /// The folders of libraries: those of `LD_LIBRARY_PATH`, then those of the system, first by architecture.
    static func folders(_ environment: [String: String]) -> [String] {
        #if arch(arm64)
        let triple = "aarch64-linux-gnu"
        #else
        let triple = "x86_64-linux-gnu"
        #endif
        let own = environment["LD_LIBRARY_PATH"]?.split(separator: ":").map(String.init) ?? []
        return own + [
            "/usr/local/lib/\(triple)", "/usr/lib/\(triple)", "/lib/\(triple)", "/usr/local/lib64", "/usr/local/lib",
            "/usr/lib64", "/usr/lib",
        ]
    }

    /// The files and names to try, in order: version 3 under its usual name, under the names with a minor version that
    /// Debian uses, newest first, and then version 2.
    static func candidates(in folders: [String]) -> [String] {
        let prefix = "libdnnl.so.3."
        let minorNumbered = folders.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
                .filter { $0.hasPrefix(prefix) && Int($0.dropFirst(prefix.count)) != nil }
                .map { (number: Int($0.dropFirst(prefix.count))!, path: "\(folder)/\($0)") }
        }
        func existing(_ name: String) -> [String] {
            folders.map { "\($0)/\(name)" }.filter { FileManager.default.fileExists(atPath: $0) }
        }
        // A bare name is looked up by the dynamic linker, which has folders of its own.
        return existing("libdnnl.so.3") + ["libdnnl.so.3"]
            + minorNumbered.sorted { $0.number > $1.number }.map(\.path)
            + existing("libdnnl.so.2") + ["libdnnl.so.2"]
    }

    private struct OpenFailure: Error { let reason: String }

    private init(opening path: String) throws(OpenFailure) {
        if path.contains("/"), let problem = SharedLibrary.problem(with: path) { throw OpenFailure(reason: problem) }
        var reason = [CChar](repeating: 0, count: 1024)
        guard let pointer = onednn_open(path, &reason, reason.count) else {
            throw OpenFailure(reason: reason.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
        }
        self.pointer = pointer
        self.path = URL(fileURLWithPath: String(cString: onednn_path())).resolvingSymlinksInPath().path
    }
}

/// A version of oneDNN.
struct OneDNNVersion: Comparable, CustomStringConvertible, Sendable {
    let major: Int
    let minor: Int
    var patch = 0

    init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    init(_ version: onednn_version) { self.init(Int(version.major), Int(version.minor), Int(version.patch)) }

    var description: String { "\(major).\(minor).\(patch)" }

    static func < (a: Self, b: Self) -> Bool { (a.major, a.minor, a.patch) < (b.major, b.minor, b.patch) }
}

/// The instructions that oneDNN generates on this processor; a larger set contains the smaller ones.
struct InstructionSet: OptionSet, Sendable, CustomStringConvertible {
    let rawValue: UInt32

    static let avx2 = InstructionSet(onednn_isa_avx2)
    static let avx512 = InstructionSet(onednn_isa_avx512)
    static let avx512BF16 = InstructionSet(onednn_isa_avx512_bf16)
    static let amx = InstructionSet(onednn_isa_amx)

    init(rawValue: UInt32) { self.rawValue = rawValue }
    private init(_ value: some BinaryInteger) { rawValue = UInt32(value) }

    private static let names: [(InstructionSet, String)] = [
        (amx, "AVX-512 with AMX and bfloat16"), (avx512BF16, "AVX-512 with bfloat16"),
        (InstructionSet(onednn_isa_avx512_vnni), "AVX-512 with VNNI"), (avx512, "AVX-512"), (avx2, "AVX2"),
        (InstructionSet(onednn_isa_avx), "AVX"), (InstructionSet(onednn_isa_sse41), "SSE 4.1"),
    ]

    var description: String {
        #if arch(arm64)
        "Arm"
        #else
        Self.names.first { isSuperset(of: $0.0) }?.1 ?? "base instruction set"
        #endif
    }
}
