import CNNKernels
import Foundation

/// A backend that could be used, and is opened if it is.
@_spi(Kernels) public struct BackendCandidate {
    /// The name by which `NN_BACKENDS` selects it; ``Backend/name`` of what it opens.
    public let name: String
    /// The highest is asked first.
    public let preference: Int
    let open: () throws(EngineError) -> (any Backend)?

    /// - Parameter open: returns nil where there is nothing to open, which is no error.
    public init(
        name: String, preference: Int, open: @escaping () throws(EngineError) -> (any Backend)?
    ) {
        self.name = name
        self.preference = preference
        self.open = open
    }

    /// The backends of the products that this program is linked with, see ``LinkedBackend``.
    public static var linked: [Self] {
        (0..<nn_linked_backend_count()).map { index in
            Self(
                name: String(cString: nn_linked_backend_at(index).name),
                preference: Int(nn_linked_backend_at(index).preference)
            ) { () throws(EngineError) in
                guard let box = nn_linked_backend_at(index).make() else { return nil }
                return try Unmanaged<LinkedBackend>.fromOpaque(box).takeRetainedValue().result.get()
            }
        }
    }

    /// What takes every operation.
    static var blas: Self { Self(name: "blas", preference: 0) { BLASBackend() } }
}

/// Which backends calculate, in which order: all that are linked, the most preferred first and ``BLASBackend`` last, or
/// those that `NN_BACKENDS` names.
///
/// `NN_BACKENDS=blas` takes the reference alone, `NN_BACKENDS=onednn,blas` both in this order. What no backend of a
/// list takes, ``BLASBackend`` calculates.
@_spi(Kernels) public struct BackendSelection: Sendable {
    /// A backend that cannot be used on this machine.
    public struct Missing: Sendable {
        /// The name of the candidate.
        public let name: String
        /// What this machine lacks, with the remedy.
        public let reason: String
    }

    /// Those that can be used, in the order in which they are asked.
    public let backends: [any Backend]
    /// Those that were to be used and cannot be opened.
    public let missing: [Missing]
    /// The names of those that the order leaves out.
    public let unused: [String]
    /// Whether `NN_BACKENDS` chose; its user knows then that a slower one is used.
    public let isChosen: Bool

    /// Opens the backends.
    ///
    /// - Parameters:
    ///   - candidates: besides ``BLASBackend``; of two with one name the first counts.
    ///   - order: names with commas between them; nil or nothing for the order of preference.
    /// - Throws: ``EngineError`` where `order` names what is not there, twice the same, or nothing, and where a
    ///   setting of a backend is wrong, such as the path in `NN_ONEDNN` or the value of `NN_WINOGRAD`.
    public init(
        _ candidates: [BackendCandidate] = BackendCandidate.linked,
        order: String? = ProcessInfo.processInfo.environment["NN_BACKENDS"]
    ) throws(EngineError) {
        _ = try WinogradTiles.fromEnvironment()
        var known: [BackendCandidate] = []
        for candidate in candidates + [.blas] where !known.contains(where: { $0.name == candidate.name }) {
            known.append(candidate)
        }
        // Those with the same preference stay as they were given.
        known = known.enumerated().sorted {
            ($1.element.preference, $0.offset) < ($0.element.preference, $1.offset)
        }.map(\.element)
        var asked = known
        let order = order.flatMap { $0.isEmpty ? nil : $0 }
        if let order {
            asked = []
            let names = known.map(\.name).joined(separator: ", ")
            for name in order.split(separator: ",", omittingEmptySubsequences: false) {
                let name = name.trimmingCharacters(in: .whitespaces)
                guard let candidate = known.first(where: { $0.name == name }) else {
                    throw EngineError(
                        "NN_BACKENDS is '\(order)', and there is no backend '\(name)' in this program; "
                            + "known: \(names). Unset it to use them in this order.")
                }
                guard !asked.contains(where: { $0.name == name }) else {
                    throw EngineError("NN_BACKENDS is '\(order)'; it names '\(name)' twice.")
                }
                asked.append(candidate)
            }
        }
        isChosen = order != nil
        unused = known.map(\.name).filter { name in !asked.contains { $0.name == name } }
        var backends: [any Backend] = []
        var missing: [Missing] = []
        for candidate in asked {
            do throws(EngineError) {
                if let backend = try candidate.open() { backends.append(backend) }
            } catch {
                // What the user asked for by name is not replaced by something slower.
                if error.isWrongSetting { throw error }
                missing.append(Missing(name: candidate.name, reason: error.description))
            }
        }
        self.backends = backends
        self.missing = missing
    }

    /// The backends, before which those come that were measured to be fastest on this machine, if any were.
    ///
    /// `NN_BACKENDS` chooses instead of measurements. A table of another machine, or of other versions, is ignored; one
    /// that cannot be read is too, with a notice.
    @_spi(Kernels) public func tuned(by file: URL? = TuningTable.file()) -> [any Backend] {
        guard !isChosen, let file, FileManager.default.fileExists(atPath: file.path) else { return backends }
        do throws(EngineError) {
            let table = try TuningTable(contentsOf: file)
            guard table.machine == TuningTable.Machine(backends), !table.entries.isEmpty else { return backends }
            return [TunedBackend(table, backends)] + backends
        } catch {
            Notice.print(error.description)
            return backends
        }
    }

    /// Says on standard error what is missing, with the remedy; `NN_NOTICES=0` keeps it silent.
    @_spi(Kernels) public func printNotices() {
        for backend in missing { Notice.print(backend.reason) }
    }
}
