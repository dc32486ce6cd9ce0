import Foundation
import NNLayers
import Testing

@testable import NNWeights

/// Files that `Tests/Fixtures/make_pytorch_files.py` wrote: weights as arrays of NumPy.
@Suite struct NumPyArrayTests {
    @Test(arguments: [
        "arrays.pth", "arrays_legacy.pth", "arrays_protocol_2.pkl", "arrays_protocol_4.pkl", "arrays_protocol_5.pkl",
    ])
    func arraysAreWeightsWhereThereAreNoTensors(name: String) throws {
        let file = try openPyTorch(name)
        let kinds = [
            "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "bool", "columns",
        ]
        #expect(file.entries.map(\.name) == kinds + ["scalar", "empty", "swapped"])
        for kind in kinds {
            let tensor = try file.tensor(named: kind)
            #expect(tensor.shape == [2, 3])
            #expect(values(tensor) == (kind == "bool" ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 4, 5]), "\(kind)")
        }
        #expect(values(try file.tensor(named: "scalar")) == [2.5])
        #expect(try file.tensor(named: "empty").shape == [0, 3])
        let error = #expect(throws: TensorFileError.self) { try file.tensor(named: "swapped") }
        #expect(error?.reason.contains("is of type 'big-endian float32'") == true)
        #expect(file.metadata["epoch"] == "3" && file.metadata["best"] == "0.5")
        #expect(file.checkpoint.state == "model")
    }

    /// Scores and states of random generators are no weights.
    @Test func arraysBesideTensorsAreNone() throws {
        #expect(try openPyTorch("arrays_beside.pth").entries.map(\.name) == ["weight"])
    }

    /// Handwritten states of arrays whose shapes and elements disagree.
    @Test(arguments: [
        ("(K\u{1}K\u{9}tX\u{2}\u{0}\u{0}\u{0}f4", "does not lie within its storage"),
        ("(J\u{0}\u{0}\u{0}@J\u{0}\u{0}\u{0}@J\u{0}\u{0}\u{0}@tX\u{2}\u{0}\u{0}\u{0}f4", "more elements than"),
        ("(K\u{2}tX\u{2}\u{0}\u{0}\u{0}O8", "no arrays of numbers"),
        ("(J\u{7f}\u{7f}\u{7f}\u{7f}tX\u{2}\u{0}\u{0}\u{0}u1", "does not lie within its storage"),
    ])
    func shapesAreHeldAgainstElements(state: String, reason: String) throws {
        // {'a': _reconstruct(...) with (1, shape, dtype(code), False, four bytes)}.
        let parts = state.components(separatedBy: "tX")
        var pickle: [UInt8] = [0x80, 2] + Array("}X\u{1}\u{0}\u{0}\u{0}a".utf8)
        pickle += Array("cnumpy.core.multiarray\n_reconstruct\n)R(K\u{1}".utf8) + Array((parts[0] + "t").utf8)
        pickle += Array("cnumpy\ndtype\n(X".utf8) + Array(parts[1].utf8)
        // The type, false, and four bytes.
        pickle += Array("tR".utf8) + [0x89]
        pickle += Array("C\u{4}abcdtbs.".utf8)
        try withTemporaryFolder { folder in
            let url = folder.appendingPathComponent("a.pkl")
            try Data(pickle).write(to: url)
            let error = #expect(throws: TensorFileError.self) { try PyTorchFormat().open(url) }
            #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
        }
    }
}
