import Foundation
import Testing

@_spi(Kernels) @testable import NNCore

/// Measurements of convolutions, and the backend that follows them.
@Suite struct TuningTableTests {
    /// Gives a constant, so that a test sees who calculated.
    private struct Marker: Backend {
        let name: String
        let value: Float
        var details = "1.0"

        func convolution(
            _ input: Tensor, weight: Tensor, geometry: ConvolutionGeometry, epilogue: ConvolutionEpilogue
        ) -> Tensor? { .full([1], value: value) }

        func convolutionInputGradient(
            _ outputGradient: Tensor, weight: Tensor, geometry: ConvolutionGeometry, inputShape: Shape
        ) -> Tensor? { .full([1], value: value) }

        func convolutionWeightGradient(
            _ outputGradient: Tensor, input: Tensor, geometry: ConvolutionGeometry, weightShape: Shape
        ) -> Tensor? { .full([1], value: value) }
    }

    private let backends: [any Backend] = [Marker(name: "first", value: 1), Marker(name: "second", value: 2)]

    private func call(_ direction: ConvolutionCall.Direction, width: Int = 6) -> ConvolutionCall {
        ConvolutionCall(
            direction: direction, input: [2, 5, width, 3], weight: [4, 3, 3, 3],
            geometry: ConvolutionGeometry(strides: 2, padding: EdgeInsets(top: 1, bottom: 0, left: 1, right: 0)),
            dataType: .float32)
    }

    @Test func asksTheFastestForm() {
        let directions: [ConvolutionCall.Direction] = [.inference, .training, .inputGradient, .weightGradient]
        for measured in directions {
            let table = TuningTable(
                machine: .init(backends), entries: [.init(call(measured), fastest: "second")])
            let tuned = TunedBackend(table, backends)
            for direction in directions {
                let found = call(direction).work()(tuned)
                #expect(found?.floats == (direction == measured ? [2] : nil))
                #expect(call(direction, width: 7).work()(tuned) == nil)
            }
        }
    }

    @Test func ignoresFormsThatAreNotThere() {
        let table = TuningTable(machine: .init(backends), entries: [.init(call(.training), fastest: "third")])
        #expect(call(.training).work()(TunedBackend(table, backends)) == nil)
    }

    /// What every backend that is linked calculates by its forms is the convolution.
    @Test func formsCalculateTheSame() throws {
        for direction in [ConvolutionCall.Direction.inference, .training, .inputGradient, .weightGradient] {
            let shape = ConvolutionCall(
                direction: direction, input: [2, 12, 11, 32], weight: [48, 32, 3, 3],
                geometry: ConvolutionGeometry(padding: 1), dataType: .float32)
            let work = shape.work()
            let expected = try #require(work(BLASBackend()))
            let selection = try BackendSelection(order: nil)
            let forms = selection.backends.flatMap(\.forms)
            #expect(Set(forms.map(\.name)).count == forms.count)
            for form in forms {
                guard let backend = form.open(), let found = work(backend) else { continue }
                let difference = (found - expected).abs().max().item
                #expect(difference <= 1e-4 * expected.abs().max().item, "\(form.name), \(direction)")
            }
        }
    }

    @Test func isWrittenAndRead() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "nn-tuning-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "tuning.json")
        let table = TuningTable(
            machine: .init(backends),
            entries: [.init(call(.inputGradient), fastest: "second"), .init(call(.training), fastest: "first")])
        try AtomicFile.write(table.encoded(), to: file)
        #expect(try TuningTable(contentsOf: file) == table)

        let candidates = backends.map { backend in
            BackendCandidate(name: backend.name, preference: 1) { () throws(EngineError) in backend }
        }
        let names = ["first", "second", "blas"]
        let selection = try BackendSelection(candidates, order: nil)
        // A table of these backends alone is not one of them and the reference.
        #expect(selection.tuned(by: file).map(\.name) == names)
        let whole = TuningTable(machine: .init(selection.backends), entries: table.entries)
        try AtomicFile.write(whole.encoded(), to: file)
        #expect(selection.tuned(by: file).map(\.name) == ["tuned"] + names)
        #expect(try BackendSelection(candidates, order: "first,blas").tuned(by: file).map(\.name) == ["first", "blas"])
        #expect(Engine.withThreads(Engine.threadCount + 1) { selection.tuned(by: file).map(\.name) } == names)
        #expect(selection.tuned(by: folder.appending(path: "none.json")).map(\.name) == names)
        #expect(selection.tuned(by: nil).map(\.name) == names)

        for text in ["", "{}", #"{"machine": 1}"#] {
            try AtomicFile.write(Data(text.utf8), to: file)
            let error = #expect(throws: EngineError.self) { try TuningTable(contentsOf: file) }
            #expect(error?.description.contains("tuning.json cannot be read and are not used; remove the file") == true)
        }
    }

    @Test func theFileIsInTheCacheOfTheUser() {
        #expect(TuningTable.file(["HOME": "/home/a"])?.path == "/home/a/.cache/nnkit/tuning.json")
        #expect(TuningTable.file(["HOME": "/home/a", "XDG_CACHE_HOME": "/c"])?.path == "/c/nnkit/tuning.json")
        #expect(TuningTable.file(["HOME": "/home/a", "NN_TUNING": "/t.json"])?.path == "/t.json")
        #expect(TuningTable.file(["HOME": "/home/a", "NN_TUNING": "off"]) == nil)
        #expect(TuningTable.file([:]) == nil)
    }
}
