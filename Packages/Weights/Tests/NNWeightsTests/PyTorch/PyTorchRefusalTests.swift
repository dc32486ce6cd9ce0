import Foundation
import NNLayers
import Testing
import NNWeights

/// What is refused, and what is said of it.
@Suite struct PyTorchRefusalTests {
    @Test(arguments: [
        ("bad_system.pt", "posix.system"), ("bad_system_legacy.pth", "posix.system"),
        ("bad_system_protocol_4.pt", "posix.system"), ("bad_eval.pt", "__builtin__.eval"),
        ("bad_eval_legacy.pth", "__builtin__.eval"), ("bad_eval_protocol_4.pt", "builtins.eval"),
        ("bad_namespace.pth", "types.SimpleNamespace"),
    ])
    func runsNothing(name: String, skipped: String) throws {
        let file = try openPyTorch(name)
        #expect(file.checkpoint.skipped == [skipped])
        #expect(file.entries.count == 1)
        _ = try file.tensor(named: file.entries[0].name)
        #expect(!FileManager.default.fileExists(atPath: "nnkit_was_here"))
    }

    @Test(arguments: [
        ("ambiguous.pth", "contains several dictionaries of tensors: 'generator', 'discriminator'"),
        ("ambiguous.pth", "choose one with state: in model.weights or --state"),
        ("no_tensors.pth", "contains no tensors; its keys are 'epoch', 'names'"),
        ("only_objects.pth", "skipped unread are objects of 'argparse.Namespace'. Save only the weights in PyTorch"),
        ("bad_big_endian.pt", "has numbers in big-endian order"),
        ("bad_big_endian_legacy.pth", "has numbers in big-endian order"),
        ("bad_no_pickle.pt", "without 'data.pkl'"), ("bad_script.pt", "is a TorchScript program"),
        ("bad_pickle.pth", "torch.save did not write, and has no arrays of numbers"),
        ("bad_bomb.pt", "would have 2097152 bytes, many times the"),
    ])
    func saysWhatTheFileIs(name: String, reason: String) throws {
        let error = #expect(throws: TensorFileError.self) { try openPyTorch(name) }
        #expect(error?.kind == .malformed)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
        #expect(error?.file.lastPathComponent == name)
    }

    @Test(arguments: [
        ("bad_no_storage.pt", "its storage '0' is not in the file"),
        ("bad_short_storage.pt", "its storage '0' should have 8 bytes, but has 7"),
    ])
    func namesTheTensor(name: String, reason: String) throws {
        let error = #expect(throws: TensorFileError.self) { try openPyTorch(name) }
        #expect(error?.tensor == "0")
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    /// A changed element is seen by the archive's checksum.
    @Test func seesDamage() throws {
        try withTemporaryFolder { folder in
            var content = try Data(contentsOf: try pyTorchFixture("lone.pt"))
            let stored = try openPyTorch("lone.pt").tensor(named: "0").withUnsafeBytes { Data($0) }
            let position = try #require(content.range(of: stored))
            content[position.lowerBound] ^= 1
            let url = folder.appendingPathComponent("damaged.pt")
            try content.write(to: url)
            let file = try PyTorchFormat().open(url)
            let error = #expect(throws: TensorFileError.self) { try file.tensor(named: "0") }
            #expect(error?.description.contains("tensor '0': 'lone/data/0' in it is damaged") == true)
        }
    }

    /// Archives that state lengths for which memory must not be taken.
    @Test(arguments: [[20, 24], [24], [20]])
    func refusesLengthsThatTheFileCannotHold(fields: [Int]) throws {
        try withTemporaryFolder { folder in
            var content = Array(try Data(contentsOf: try pyTorchFixture("views_deflated.pt")))
            // The table of contents has a record for each file, with its packed and its full length.
            for position in content.indices where content[position...].starts(with: [0x50, 0x4b, 1, 2]) {
                for field in fields {
                    content.replaceSubrange(position + field..<position + field + 4, with: [0xf0, 0xff, 0xff, 0x7f])
                }
            }
            let url = folder.appendingPathComponent("lengths.pt")
            try Data(content).write(to: url)
            let error = #expect(throws: TensorFileError.self) { try PyTorchFormat().open(url) }
            #expect(error?.kind == .malformed)
        }
    }
}
