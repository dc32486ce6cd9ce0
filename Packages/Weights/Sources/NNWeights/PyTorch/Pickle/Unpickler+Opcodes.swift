extension Unpickler {
    /// Performs an operation.
    mutating func perform(_ opcode: PickleOpcode) throws(PickleError) {
        switch opcode {
        case .protocol:
            let version = try reader.number(as: UInt8.self)
            guard version <= 5 else { throw PickleError("pickle protocol \(version) is not supported") }
        // A frame states how much could be read at once, which does not matter here.
        case .frame: _ = try reader.take(8)
        case .stop: break
        case .mark: try mark()
        case .pop: _ = try pop()
        case .popMark: _ = try popGroup()
        case .duplicate: try push(try top())

        case .put: try keep(at: Int(try reader.line()))
        case .binPut: try keep(at: Int(try reader.number(as: UInt8.self)))
        case .longBinPut: try keep(at: Int(try reader.number(as: UInt32.self)))
        case .memoize: try keepNext()
        case .get: try push(try kept(at: Int(try reader.line())))
        case .binGet: try push(try kept(at: Int(try reader.number(as: UInt8.self))))
        case .longBinGet: try push(try kept(at: Int(try reader.number(as: UInt32.self))))

        case .none: try push(.none)
        case .newTrue: try push(.boolean(true))
        case .newFalse: try push(.boolean(false))
        case .int, .long: try push(try writtenInteger())
        case .binInt: try push(.integer(Int128(try reader.number(as: Int32.self))))
        case .binInt1: try push(.integer(Int128(try reader.number(as: UInt8.self))))
        case .binInt2: try push(.integer(Int128(try reader.number(as: UInt16.self))))
        case .long1: try push(Self.integer(try reader.counted(by: UInt8.self)))
        case .long4: try push(Self.integer(try reader.counted(by: Int32.self)))
        case .float:
            guard let value = Double(try reader.line()) else { throw missing("a number") }
            try push(.number(value))
        case .binFloat:
            try push(.number(Double(bitPattern: UInt64(bigEndian: try reader.number(as: UInt64.self)))))

        case .binString: try pushString(try reader.counted(by: Int32.self))
        case .shortBinString: try pushString(try reader.counted(by: UInt8.self))
        case .unicode: try push(.text(try reader.line()))
        case .binUnicode: try push(.text(try reader.text(try reader.counted(by: UInt32.self))))
        case .shortBinUnicode: try push(.text(try reader.text(try reader.counted(by: UInt8.self))))
        case .binUnicode8: try push(.text(try reader.text(try reader.counted(by: UInt64.self))))
        case .binBytes: try push(.bytes(Array(try reader.counted(by: UInt32.self))))
        case .shortBinBytes: try push(.bytes(Array(try reader.counted(by: UInt8.self))))
        case .binBytes8, .byteArray8: try push(.bytes(Array(try reader.counted(by: UInt64.self))))

        case .emptyTuple: try push(try new(.tuple([])))
        case .tuple: try push(try new(.tuple(try popGroup())))
        case .tuple1: try pushTuple(count: 1)
        case .tuple2: try pushTuple(count: 2)
        case .tuple3: try pushTuple(count: 3)
        case .emptyList, .emptySet: try push(try new(.list([])))
        case .list, .frozenSet: try push(try new(.list(try popGroup())))
        case .append:
            let value = try pop()
            try append([value])
        case .appends, .addItems: try append(try popGroup())
        case .emptyDictionary: try push(try new(.dictionary([])))
        case .dictionary: try push(try new(.dictionary(try popPairs())))
        case .setItem:
            let value = try pop()
            let key = try pop()
            try insert([(key, value)])
        case .setItems: try insert(try popPairs())

        case .global:
            let module = try reader.line()
            try push(.global(PickleGlobal(module: module, name: try reader.line())))
        case .stackGlobal:
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw missing("the name of a type")
            }
            try push(.global(PickleGlobal(module: module, name: name)))
        case .reduce, .newObject:
            let arguments = try pop()
            try push(try result(ofCalling: try pop(), arguments))
        case .newObjectWithNames:
            _ = try pop()
            let arguments = try pop()
            try push(try result(ofCalling: try pop(), arguments))
        case .instance:
            let module = try reader.line()
            let type = PickleGlobal(module: module, name: try reader.line())
            let arguments = try new(.tuple(try popGroup()))
            try push(try result(ofCalling: .global(type), arguments))
        case .object:
            let group = try popGroup()
            guard let type = group.first else { throw missing("a type") }
            let arguments = try new(.tuple(Array(group.dropFirst())))
            try push(try result(ofCalling: type, arguments))
        // Types by numbers that the program has registered.
        case .extension1:
            _ = try reader.take(1)
            try push(.opaque)
        case .extension2:
            _ = try reader.take(2)
            try push(.opaque)
        case .extension4:
            _ = try reader.take(4)
            try push(.opaque)
        case .build:
            let state = try pop()
            try build(state)
        case .binPersistent: try push(try storage(try pop()))
        }
    }

    private mutating func pushTuple(count: Int) throws(PickleError) {
        var parts: [PickleValue] = []
        for _ in 0..<count { parts.append(try pop()) }
        try push(try new(.tuple(parts.reversed())))
    }

    /// Python 2 wrote text and bytes in the same way.
    private mutating func pushString(_ bytes: UnsafeRawBufferPointer) throws(PickleError) {
        try push(String(validating: bytes, as: UTF8.self).map(PickleValue.text) ?? .bytes(Array(bytes)))
    }

    /// An integer in decimal digits; protocols 0 and 1 write truth values in this way, too.
    private mutating func writtenInteger() throws(PickleError) -> PickleValue {
        let line = try reader.line()
        if line == "00" || line == "01" { return .boolean(line == "01") }
        let digits = line.hasSuffix("L") ? line.dropLast() : line[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy("-0123456789".utf8.contains) else { throw missing("a number") }
        return Int128(digits).map(PickleValue.integer) ?? .opaque
    }

    /// A little-endian integer in two's complement; those of more than 16 bytes are not needed for weights.
    private static func integer(_ bytes: UnsafeRawBufferPointer) -> PickleValue {
        guard let last = bytes.last else { return .integer(0) }
        guard bytes.count <= 16 else { return .opaque }
        return .integer(bytes.reversed().reduce(last >= 0x80 ? -1 : 0) { $0 << 8 | Int128($1) })
    }
}

/// The operations of pickles, protocols 0 to 5 (PEP 307, PEP 3154, PEP 574).
///
/// Left out are buffers outside the pickle, and byte strings and persistent identifiers as written by protocol 0, none
/// of which PyTorch uses.
enum PickleOpcode: UInt8 {
    // The machine.
    case `protocol` = 0x80
    case frame = 0x95
    case stop = 0x2e  // .
    case mark = 0x28  // (
    case pop = 0x30  // 0
    case popMark = 0x31  // 1
    case duplicate = 0x32  // 2

    // The memo.
    case put = 0x70  // p
    case binPut = 0x71  // q
    case longBinPut = 0x72  // r
    case memoize = 0x94
    case get = 0x67  // g
    case binGet = 0x68  // h
    case longBinGet = 0x6a  // j

    // Plain values.
    case none = 0x4e  // N
    case newTrue = 0x88
    case newFalse = 0x89
    case int = 0x49  // I
    case binInt = 0x4a  // J
    case binInt1 = 0x4b  // K
    case binInt2 = 0x4d  // M
    case long = 0x4c  // L
    case long1 = 0x8a
    case long4 = 0x8b
    case float = 0x46  // F
    case binFloat = 0x47  // G
    case binString = 0x54  // T
    case shortBinString = 0x55  // U
    case unicode = 0x56  // V
    case binUnicode = 0x58  // X
    case shortBinUnicode = 0x8c
    case binUnicode8 = 0x8d
    case binBytes = 0x42  // B
    case shortBinBytes = 0x43  // C
    case binBytes8 = 0x8e
    case byteArray8 = 0x96

    // Composite values.
    case emptyTuple = 0x29  // )
    case tuple = 0x74  // t
    case tuple1 = 0x85
    case tuple2 = 0x86
    case tuple3 = 0x87
    case emptyList = 0x5d  // ]
    case list = 0x6c  // l
    case append = 0x61  // a
    case appends = 0x65  // e
    case emptySet = 0x8f
    case addItems = 0x90
    case frozenSet = 0x91
    case emptyDictionary = 0x7d  // }
    case dictionary = 0x64  // d
    case setItem = 0x73  // s
    case setItems = 0x75  // u

    // Functions, types and their results.
    case global = 0x63  // c
    case stackGlobal = 0x93
    case reduce = 0x52  // R
    case newObject = 0x81
    case newObjectWithNames = 0x92
    case instance = 0x69  // i
    case object = 0x6f  // o
    case extension1 = 0x82
    case extension2 = 0x83
    case extension4 = 0x84
    case build = 0x62  // b
    case binPersistent = 0x51  // Q
}
