import CNNKernels
import Foundation
import Testing

@_spi(Kernels) @testable import NNCore

@Suite struct BackendSelectionTests {
    private struct Named: Backend {
        let name: String
    }

    private static func candidate(_ name: String, preference: Int) -> BackendCandidate {
        BackendCandidate(name: name, preference: preference) { Named(name: name) }
    }

    private static var all: [BackendCandidate] {
        [
            candidate("slow", preference: 10), candidate("fast", preference: 200),
            BackendCandidate(name: "gone", preference: 300) { () throws(EngineError) in
                throw EngineError("gone is not installed; install it.")
            },
            candidate("other", preference: 200), BackendCandidate(name: "nothing", preference: 400) { nil },
            candidate("fast", preference: 900),
        ]
    }

    @Test func thePreferredComeFirstAndTheReferenceLast() throws {
        let selection = try BackendSelection(Self.all, order: nil)
        #expect(selection.backends.map(\.name) == ["fast", "other", "slow", "blas"])
        #expect(selection.missing.map(\.name) == ["gone"])
        #expect(selection.missing[0].reason == "gone is not installed; install it.")
        #expect(selection.unused.isEmpty)
        #expect(!selection.isChosen)
        #expect(try BackendSelection([], order: "").backends.map(\.name) == ["blas"])
    }

    @Test func theVariableChooses() throws {
        let selection = try BackendSelection(Self.all, order: "blas, slow")
        #expect(selection.backends.map(\.name) == ["blas", "slow"])
        // What nobody asked for is not opened, and so not missing.
        #expect(selection.missing.isEmpty)
        #expect(selection.unused == ["nothing", "gone", "fast", "other"])
        #expect(selection.isChosen)
        let absent = try BackendSelection(Self.all, order: "gone,blas")
        #expect(absent.backends.map(\.name) == ["blas"])
        #expect(absent.missing.map(\.name) == ["gone"])
    }

    @Test(arguments: [
        ("mkl", "there is no backend 'mkl' in this program; known: fast, slow, blas."),
        ("fast,,blas", "there is no backend '' in this program"), ("BLAS", "there is no backend 'BLAS'"),
        ("fast,fast", "it names 'fast' twice"), (" ", "there is no backend ''"),
    ])
    func nonsenseIsRefused(_ order: String, _ says: String) {
        let candidates = [Self.candidate("slow", preference: 10), Self.candidate("fast", preference: 200)]
        let error = #expect(throws: EngineError.self) { try BackendSelection(candidates, order: order) }
        #expect(error?.description.contains("NN_BACKENDS is '\(order)'") == true)
        #expect(error?.description.contains(says) == true)
    }

    @Test func whatIsLinkedIsUsedWithoutACall() async {
        await #expect(processExitsWith: .success) {
            unsetenv("NN_BACKENDS")
            let linked = BackendCandidate.linked.map(\.name)
            let (usable, missing) = (Engine.backends.map(\.name), try BackendSelection().missing.map(\.name))
            require(usable == (linked + ["blas"]).filter { !missing.contains($0) }, "the linked ones, then blas")
            #if OneDNN && Winograd && BFloat16
            require(linked == ["bfloat16", "winograd", "onednn"], "the products are linked with the tests")
            #endif
        }
    }

    @Test func aThirdPartyBackendIsLinked() async {
        await #expect(processExitsWith: .success) {
            nn_link_backend("linked", 1000) {
                LinkedBackend { () throws(EngineError) in Named(name: "linked") }.retained()
            }
            nn_link_backend("linked", 2000) { nil }
            nn_link_backend("broken", 900) {
                LinkedBackend { () throws(EngineError) in throw EngineError("broken here") }.retained()
            }
            unsetenv("NN_BACKENDS")
            require(Engine.backends.first?.name == "linked", "the most preferred comes first")
            require(!Engine.backends.contains { $0.name == "broken" }, "what cannot be opened is left out")
        }
    }

    /// Links a backend that cannot be opened, and multiplies some times.
    private static func calculateWithoutABackend() {
        unsetenv("NN_BACKENDS")
        nn_link_backend("broken", 900) {
            LinkedBackend { () throws(EngineError) in throw EngineError("broken here; mend it.") }.retained()
        }
        for _ in 0..<3 { _ = Tensor.matmul(.ones([4, 8]), .ones([8, 3])) }
    }

    @Test func whatIsMissingIsSaidOnce() async {
        let said = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            unsetenv("NN_NOTICES")
            BackendSelectionTests.calculateWithoutABackend()
        }
        let text = String(decoding: said?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.components(separatedBy: "notice: broken here; mend it.\n").count == 2)
        let silent = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            setenv("NN_NOTICES", "0", 1)
            BackendSelectionTests.calculateWithoutABackend()
        }
        // An emulator writes there too.
        #expect(silent.map { String(decoding: $0.standardErrorContent, as: UTF8.self).contains("notice") } == false)
    }

    @Test func aProgramWithAWrongOrderEndsWithTheMessage() async {
        let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            setenv("NN_BACKENDS", "gpu", 1)
            _ = Tensor.matmul(.ones([4, 8]), .ones([8, 3]))
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(
            message.hasPrefix("error: NN_BACKENDS is 'gpu', and there is no backend 'gpu' in this program; known: "))
        #expect(message.split(separator: "\n").count == 1)
    }

    @Test func theVariableHoldsForAProgram() async {
        await #expect(processExitsWith: .success) {
            setenv("NN_BACKENDS", "blas", 1)
            require(Engine.backends.map(\.name) == ["blas"], "NN_BACKENDS chooses")
        }
    }
}
