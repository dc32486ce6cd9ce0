import Testing

@testable import NNWeights

/// Handwritten pickles, as no honest program writes them.
@Suite struct UnpicklerTests {
    @Test(arguments: [
        ("I42\n.", PickleValue.integer(42)), ("I01\n.", .boolean(true)), ("L-7L\n.", .integer(-7)),
        ("J\u{1}\u{0}\u{0}\u{0}.", .integer(1)), ("F1.5\n.", .number(1.5)), ("N.", .none),
    ])
    func readsPlainValues(text: String, value: PickleValue) throws {
        #expect("\(try load(text.utf8))" == "\(value)")
    }

    @Test func readsLongIntegers() throws {
        #expect("\(try load([0x8a, 0, 0x2e]))" == "\(PickleValue.integer(0))")
        #expect("\(try load([0x8a, 1, 0xff, 0x2e]))" == "\(PickleValue.integer(-1))")
        #expect("\(try load([0x8a, 2, 0, 0x80, 0x2e]))" == "\(PickleValue.integer(-32768))")
        #expect("\(try load([0x8a, 2, 0xff, 0, 0x2e]))" == "\(PickleValue.integer(255))")
        #expect("\(try load([0x8a, 16] + [UInt8](repeating: 0xff, count: 15) + [0x80, 0x2e]).int as Any)" == "nil")
        #expect("\(try load([0x8a, 17] + [UInt8](repeating: 1, count: 17) + [0x2e]))" == "\(PickleValue.opaque)")
    }

    @Test(arguments: [
        ("", "byte 0 of 0"), (".", "a value is missing"), ("(.", "a value is missing"), ("0.", "a value is missing"),
        ("N(0.", "a value is missing"), ("t.", "the start of a group"), ("h\u{5}.", "a value of the memo"),
        ("g99999999999999999999\n.", "a value of the memo"), ("Np-1\n.", "an index of the memo"),
        ("Na.", "a value is missing"), ("NNa.", "a list to append to"), ("NNNs.", "a dictionary to add to"),
        ("(NNNd.", "the value of a key"), ("NNR.", "a function with its arguments"),
        ("NNb.", "a value with a state"),
        ("NQ.", "the description of a storage"), ("X\u{7f}\u{7f}\u{7f}\u{7f}a.", "is the file truncated?"),
        ("T\u{1}\u{1}\u{1}\u{7f}.", "is the file truncated?"), ("Iabc\n.", "a number"), ("I12", "does not end"),
        ("(No.", "a function with its arguments"), ("(o.", "a type is missing"), ("Pid\n.", "operation 80"),
        ("cos\nsystem\nN0R.", "a value is missing"), ("cos\nsystem\nNNa.", "a list to append to"),
        ("io\ns\n.", "the start of a group"),
        ("ctorch\nfloat32\n)R.", "a function instead of a type"), ("c_codecs\nencode\n(NtR.", "the text of bytes"),
        ("ctorch._utils\n_rebuild_tensor_v2\n)R.", "an argument of _rebuild_tensor_v2"),
    ])
    func refusesBrokenData(text: String, reason: String) throws {
        let error = #expect(throws: PickleError.self) { try load(text.utf8) }
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    /// Objects of unknown types by every operation that makes one, with what may follow: nothing of it is looked at.
    @Test(arguments: [
        "cos\nsystem\n.", "cos\nsystem\n(X\u{1}\u{0}\u{0}\u{0}atR.", "cos\nsystem\nNR.", "(cos\nsystem\nK\u{1}o.",
        "(K\u{1}ios\nsystem\n.", "cos\nsystem\n)RK\u{1}b.", "cos\nsystem\n)R)R.", "cos\nsystem\n)R)RNa.",
        "cos\nsystem\n)R)RNNs.", "cos\nsystem\nNb.", "cos\nsystem\n)RNa.", "cos\nsystem\n)RNaNb.",
        "cos\nsystem\n)R(NNu.", "cos\nsystem\n)R(NNuNb.", "ctorch\nload\n)R.", "ctorch.storage\nSize\n)R.",
    ])
    func skipsUnknownObjects(text: String) throws {
        // In a dictionary beside a tensor.
        let storage = "(U\u{7}storagectorch\nFloatStorage\nU\u{1}kU\u{3}cpuK\u{6}tQ"
        let tensor = "ctorch._utils\n_rebuild_tensor\n(\(storage)K\u{0}(K\u{2}K\u{3}t(K\u{3}K\u{1}ttR"
        let found = try search(Array("}U\u{1}o\(text.dropLast())sU\u{1}t\(tensor)s.".utf8))
        #expect(found.tensors.map(\.name) == ["t"])
    }

    /// A tensor of an unknown kind is one that cannot be read, and not nothing: it would be missed without a word.
    @Test func keepsTensorsOfUnknownKinds() throws {
        let tensor = try #require(
            try search(Array("}U\u{1}wctorch._utils\n_rebuild_new_kind\n)Rs.".utf8)).tensors.first)
        #expect(tensor.name == "w" && tensor.tensor.typeName == "_rebuild_new_kind")
    }

    @Test func makesObjectsWithNamesAndExtensions() throws {
        let type = Array("cos\nsystem\n)}".utf8)
        #expect("\(try load(type + [0x92, 0x2e]))".hasPrefix("object"))
        for bytes in [[0x82, 1], [0x83, 1, 1], [0x84, 1, 1, 1, 1]] as [[UInt8]] {
            #expect("\(try load(bytes + [0x29, 0x52, 0x2e]))" == "\(PickleValue.opaque)")
        }
        #expect("\(try load("Vtext\n.".utf8))" == "\(PickleValue.text("text"))")
    }

    /// Many objects with one dictionary of attributes between them.
    @Test func doesNotReadSharedAttributesAgainAndAgain() throws {
        var bytes = Array("](}q\u{0}(".utf8)
        for _ in 0..<20_000 { bytes += Array("U\u{1}_N".utf8) }
        bytes += Array("u0co\nt\nq\u{1}0".utf8)
        for _ in 0..<20_000 { bytes += [0x68, 1, 0x29, 0x52, 0x68, 0, 0x62] }
        let error = #expect(throws: PickleError.self) { try search(bytes + Array("e.".utf8)) }
        #expect(error?.reason.contains("too many times") == true, "\(error?.reason ?? "")")
    }

    /// Tensors of the first versions: their class, and then their state.
    @Test(arguments: [
        "ctorch\nFloatTensor\n)@(DK\u{0}(K\u{2}K\u{3}t(K\u{3}K\u{1}ttb.",
        "ctorch.nn.parameter\nParameter\n(ctorch._utils\n_rebuild_tensor\n(DK\u{0}(K\u{2}K\u{3}t(K\u{3}K\u{1}ttRI01\ntR.",
        "ctorch.nn.parameter\nParameter\n)@(ctorch._utils\n_rebuild_tensor\n(DK\u{0}(K\u{2}K\u{3}t(K\u{3}K\u{1}ttRNNI01\nNtb.",
    ])
    func readsTheFirstVersions(text: String) throws {
        let storage = "(U\u{7}storagectorch\nFloatStorage\nU\u{1}kU\u{3}cpuK\u{6}tQ"
        // D stands for the storage, and @ for the operation that makes an object.
        let bytes = text.utf8.flatMap { byte -> [UInt8] in
            byte == UInt8(ascii: "D") ? Array(storage.utf8) : byte == UInt8(ascii: "@") ? [0x81] : [byte]
        }
        let tensor = try #require(try search(bytes).tensors.first)
        #expect(tensor.tensor.lengths == [2, 3])
        #expect(tensor.tensor.storage?.key == "k")
    }

    /// Lists that each contain the previous one ten times: a billion values in a few hundred bytes.
    @Test func doesNotExpandWhatIsRepeated() throws {
        var bytes: [UInt8] = Array("]q\u{0}".utf8)
        for level in 1...9 as ClosedRange<UInt8> {
            bytes +=
                Array("](".utf8) + [[UInt8]](repeating: [0x68, level - 1], count: 10).joined() + [0x65, 0x71, level]
        }
        let error = #expect(throws: PickleError.self) { try search(bytes + [0x2e]) }
        #expect(error?.reason.contains("too many times") == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: ["]q\u{0}h\u{0}a.", "}q\u{0}X\u{5}\u{0}\u{0}\u{0}modelh\u{0}s."])
    func refusesWhatContainsItself(text: String) throws {
        #expect(throws: PickleError.self) { try search(Array(text.utf8)) }
    }

    @Test func readsDeepNestingWithoutRecursion() throws {
        let depth = 200_000
        let bytes = [UInt8](repeating: UInt8(ascii: "]"), count: depth) + [UInt8](repeating: 0x61, count: depth - 1)
        let error = #expect(throws: PickleError.self) { try search(bytes + [0x2e]) }
        #expect(error?.reason.contains("nested too deeply") == true, "\(error?.reason ?? "")")
    }

    /// Copies of one long value, each requested by a few bytes.
    @Test func refusesEndlessCopies() throws {
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 255)
        var bytes = Array("c_codecs\nencode\n".utf8) + [0x71, 0, 0x8c, 255] + text + [0x85, 0x71, 1]
        for _ in 0..<10_000 { bytes += [0x68, 0, 0x68, 1, 0x52, 0x30] }
        let error = #expect(throws: PickleError.self) { try load(bytes + [0x2e]) }
        #expect(error?.reason.contains("too many copies") == true, "\(error?.reason ?? "")")
    }

    @Test(arguments: [
        ([2, 3], [3, 1], 0, 6, true), ([2, 3], [3, 1], 1, 6, false), ([2, 3], [1, 2], 0, 6, true),
        ([2, 3], [1, 3], 0, 6, false), ([0, 9], [Int.max, Int.max], 0, 0, true),
        ([1, 1], [Int.max, Int.max], 0, 1, true),
        ([2], [Int.max], 0, 6, false), ([2, 2], [Int.max, Int.max], 0, 6, false), ([3], [1], Int.max, 6, false),
        ([Int.max], [1], 0, 6, false), ([Int.max, 2, 0], [0, 0, 0], 0, 6, false), ([1 << 24], [0], 0, 1, true),
        ([1 << 25], [0], 0, 1, false), ([], [], 0, 1, true), ([], [], 0, 0, false), ([6], [1], 0, 7, false),
    ])
    func provesThatTensorsLieInTheirStorage(
        lengths: [Int], strides: [Int], offset: Int, count: Int, isRight: Bool
    ) throws {
        let type = try #require(PyTorchElementType(dtype: "float32"))
        let storage = PyTorchStorage(key: "k", elementType: type, offset: 0, count: count)
        let tensor = PyTorchTensor(
            storage: storage, elementType: type, offset: offset, lengths: lengths, strides: strides)
        // The file has room for six elements.
        let elements = try? PyTorchElements(tensor, storage: storage, type: .float32) { $0 == "k" ? 24 : nil }
        #expect((elements != nil) == isRight)
        #expect(throws: PickleError.self) {
            try PyTorchElements(tensor, storage: storage, type: .float32) { _ in nil }
        }
    }

    private func load(_ bytes: some Sequence<UInt8>) throws -> PickleValue {
        try Array(bytes).withUnsafeBytes { buffer in
            var unpickler = Unpickler(buffer)
            return try unpickler.load()
        }
    }

    private func search(_ bytes: [UInt8]) throws -> StateDictionarySearch {
        try bytes.withUnsafeBytes { buffer in
            var unpickler = Unpickler(buffer)
            let value = try unpickler.load()
            return try StateDictionarySearch(value, in: unpickler.objects)
        }
    }
}
