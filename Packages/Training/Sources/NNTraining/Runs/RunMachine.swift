import Foundation
import NNLayers

/// What calculates in training: software, processor, threads.
@_spi(Internal) public struct RunMachine: Codable, Sendable, Equatable {
    /// A backend.
    public struct BackendNote: Codable, Sendable, Equatable {
        /// The name, such as `onednn`.
        public var name: String
        /// The library with its version, and the instruction set.
        public var details: String

        /// `name (details)`
        var text: String { details.isEmpty ? name : "\(name) (\(details))" }
    }

    /// The version of nnkit.
    public var nnkit = Release.version
    /// The version of Swift that it was compiled by.
    public var swift = Self.swiftVersion
    /// The operating system.
    public var system = ProcessInfo.processInfo.operatingSystemVersionString
    /// The processor.
    public var processor = Processor()
    /// The number of threads that calculate.
    public var threads = Engine.threadCount
    /// The backends in the order in which they are asked.
    public var backends: [BackendNote]
    /// The libraries that are loaded.
    public var libraries: [LoadedLibrary]
    /// The settings of the arithmetic that are variables of the environment.
    public var arithmetic: [String: String]

    private static let settings = ["NN_WINOGRAD", "NN_BFLOAT16"]

    /// This machine as the engine uses it now.
    public init() {
        // Details first, since they open libraries that are opened on demand.
        backends = Engine.backends.map { BackendNote(name: $0.name, details: $0.details) }
        libraries = LoadedLibrary.all()
        let environment = ProcessInfo.processInfo.environment
        arithmetic = environment.filter { Self.settings.contains($0.key) }
    }

    private static var swiftVersion: String {
        #if compiler(>=6.4)
        "6.4 or later"
        #elseif compiler(>=6.3)
        "6.3"
        #elseif compiler(>=6.2)
        "6.2"
        #else
        "6.1"
        #endif
    }

    /// What training continues by that is not as before, and may change the last bits of results: a sentence each, with
    /// what to do to keep them.
    /// - Parameter before: What training was done by so far.
    public func differences(from before: RunMachine) -> [String] {
        var found: [String] = []
        func add(_ old: String, _ new: String, _ remedy: String) {
            found.append("the run was trained \(old) and continues \(new), which may change the last bits; \(remedy)")
        }
        if threads != before.threads {
            add(
                "with \(Self.count(before.threads))", "with \(threads)",
                "NN_NUM_THREADS=\(before.threads) calculates as before")
        }
        if processor.model != before.processor.model || processor.features != before.processor.features {
            let instructions = Set(processor.features).symmetricDifference(before.processor.features).sorted()
            let note = instructions.isEmpty ? "" : " (only one has \(instructions.joined(separator: ", ")))"
            add(
                "on the processor \(before.processor.model)", "on \(processor.model)\(note)",
                "use the same kind of processor for the same bits")
        }
        if backends != before.backends {
            // All where one has no other than the other, such as the same in another order.
            func list(_ all: [BackendNote], without others: [BackendNote]) -> String {
                let own = all.filter { !others.contains($0) }
                return (own.isEmpty ? all : own).map(\.text).joined(separator: ", ")
            }
            add(
                "by " + list(before.backends, without: backends), "by " + list(backends, without: before.backends),
                "install the same libraries, or set NN_BACKENDS, NN_ONEDNN and NN_BLAS, for the same bits")
        }
        let (old, new) = (before.imageLibraries, imageLibraries)
        let changed = old.keys.filter { new[$0] != nil && new[$0] != old[$0] }.sorted()
        if !changed.isEmpty {
            func list(_ versions: [String: String]) -> String {
                changed.map { "\($0) \(versions[$0] ?? "")" }.joined(separator: ", ")
            }
            add("with images read by \(list(old))", "by \(list(new))", "install the same version for the same bits")
        }
        if nnkit != before.nnkit {
            add("by nnkit \(before.nnkit)", "by \(nnkit)", "use the same version for the same bits")
        }
        for name in Self.settings where arithmetic[name] != before.arithmetic[name] {
            func text(_ value: String?) -> String { value.map { "\(name)=\($0)" } ?? "\(name) unset" }
            add(
                "with \(text(before.arithmetic[name]))", "with \(text(arithmetic[name]))",
                "set it as before for the same bits")
        }
        return found
    }

    /// The versions of the libraries that decode images, by name.
    private var imageLibraries: [String: String] {
        let kinds = ["libpng", "libjpeg", "libtiff", "libwebp"]
        return libraries.reduce(into: [:]) { versions, library in
            if kinds.contains(library.name) { versions[library.name] = library.version }
        }
    }

    /// What calculates, in a line.
    public var text: String {
        "nnkit \(nnkit), \(Self.count(threads)) on \(processor.model), \(backends.map(\.text).joined(separator: ", "))"
    }

    private static func count(_ threads: Int) -> String { threads == 1 ? "1 thread" : "\(threads) threads" }
}
