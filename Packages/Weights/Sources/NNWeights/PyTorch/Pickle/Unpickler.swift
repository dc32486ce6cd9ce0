/// Reads pickled data, Python's format of objects, as far as PyTorch's files of weights need it.
///
/// Nothing is run: the functions and types that data may name are a closed list of forms of data (``PickleGlobal``),
/// and any other name ends the reading. Work and memory are in proportion to the bytes that are read, whatever they say.
struct Unpickler {
    /// The most values that may wait, be kept or have parts; far more than there are in any file of weights.
    private static let maximumCount = 1 << 22

    var reader: ByteReader
    private var stack: [PickleValue] = []
    /// Where in the stack the open groups begin.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private(set) var objects: [PickleObject] = []
    /// The storages that are named, by key, as they are first described.
    var storages: [String: PyTorchStorage] = [:]
    /// How many bytes may still be copied from values that exist already.
    private var copyAllowance: Int

    /// - Parameter bytes: must stay valid as long as this is used.
    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        reader = ByteReader(bytes, at: position)
        copyAllowance = 2 * Swift.min(reader.remaining, 1 << 32) + 1 << 16
    }

    /// Reads the value that comes next.
    mutating func load() throws(PickleError) -> PickleValue {
        while true {
            let code = try reader.number(as: UInt8.self)
            guard let opcode = PickleOpcode(rawValue: code) else {
                throw PickleError("operation \(code) at byte \(reader.position - 1) is none that files of weights have")
            }
            if opcode == .stop { return try pop() }
            try perform(opcode)
        }
    }

    // MARK: The stack

    mutating func push(_ value: PickleValue) throws(PickleError) {
        guard stack.count < Self.maximumCount else { throw tooMany("waiting values") }
        stack.append(value)
    }

    mutating func pop() throws(PickleError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else { throw missing("a value") }
        return value
    }

    func top() throws(PickleError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.last else { throw missing("a value") }
        return value
    }

    mutating func replaceTop(_ value: PickleValue) throws(PickleError) {
        _ = try pop()
        try push(value)
    }

    mutating func mark() throws(PickleError) {
        guard marks.count < Self.maximumCount else { throw tooMany("open groups") }
        marks.append(stack.count)
    }

    /// The values since the last mark.
    mutating func popGroup() throws(PickleError) -> [PickleValue] {
        guard let start = marks.popLast() else { throw missing("the beginning of a group") }
        defer { stack.removeSubrange(start...) }
        return Array(stack[start...])
    }

    mutating func popPairs() throws(PickleError) -> [(key: PickleValue, value: PickleValue)] {
        let group = try popGroup()
        guard group.count.isMultiple(of: 2) else { throw missing("the value of a key") }
        return stride(from: 0, to: group.count, by: 2).map { (group[$0], group[$0 + 1]) }
    }

    // MARK: What is kept

    mutating func keep(at index: Int?) throws(PickleError) {
        guard let index, index >= 0 else { throw missing("a number to keep a value under") }
        guard memo.count < Self.maximumCount else { throw tooMany("kept values") }
        memo[index] = try top()
    }

    mutating func keepNext() throws(PickleError) { try keep(at: memo.count) }

    func kept(at index: Int?) throws(PickleError) -> PickleValue {
        guard let index, let value = memo[index] else { throw missing("the value kept before") }
        return value
    }

    // MARK: Objects

    func object(_ value: PickleValue) -> PickleObject? {
        if case .object(let index) = value { objects[index] } else { nil }
    }

    /// The parts of a tuple or a list.
    func parts(_ value: PickleValue) -> [PickleValue]? {
        switch object(value) {
        case .tuple(let parts), .list(let parts): parts
        default: nil
        }
    }

    mutating func new(_ object: PickleObject) throws(PickleError) -> PickleValue {
        guard objects.count < Self.maximumCount else { throw tooMany("objects") }
        objects.append(object)
        return .object(objects.count - 1)
    }

    /// Adds to the list on top of the stack.
    mutating func append(_ values: [PickleValue]) throws(PickleError) {
        guard case .object(let index) = try top(), case .list(var parts) = objects[index] else {
            throw missing("a list to add to")
        }
        // Without the other reference to them the parts are not copied each time.
        objects[index] = .list([])
        parts += values
        objects[index] = .list(parts)
    }

    /// Adds to the dictionary on top of the stack.
    mutating func insert(_ pairs: [(key: PickleValue, value: PickleValue)]) throws(PickleError) {
        let value = try top()
        // The contents of what is not looked into do not matter.
        if case .opaque = value { return }
        guard case .object(let index) = value, case .dictionary(var items) = objects[index] else {
            throw missing("a dictionary to add to")
        }
        objects[index] = .dictionary([])
        items += pairs
        objects[index] = .dictionary(items)
    }

    mutating func replace(_ value: PickleValue, with object: PickleObject) {
        if case .object(let index) = value { objects[index] = object }
    }

    /// Allows for the copy of a value that exists already. Without it, few bytes could ask for copies without end.
    mutating func allowCopy(byteCount: Int) throws(PickleError) {
        guard byteCount <= copyAllowance else { throw tooMany("copies of values") }
        copyAllowance -= byteCount
    }

    // MARK: Failures

    func missing(_ what: String) -> PickleError { PickleError("\(what) is missing before byte \(reader.position)") }

    private func tooMany(_ what: String) -> PickleError {
        PickleError("there are too many \(what) before byte \(reader.position); no file of weights has so many")
    }
}

/// Takes numbers and lines from bytes, each checked against their end.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    /// The byte that comes next.
    private(set) var position: Int

    /// - Parameter bytes: must stay valid as long as this reader is used.
    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        self.bytes = bytes
        self.position = Swift.min(position, bytes.count)
    }

    /// How many bytes are left.
    var remaining: Int { bytes.count - position }

    mutating func take(_ count: Int) throws(PickleError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw PickleError("\(count) bytes are expected at byte \(position) of \(bytes.count); is the file cut off?")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// A little-endian number.
    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        as type: Number.Type
    ) throws(PickleError) -> Number {
        Number(littleEndian: try take(MemoryLayout<Number>.size).loadUnaligned(as: Number.self))
    }

    /// As many bytes as a little-endian number before them says.
    mutating func counted<Count: FixedWidthInteger & BitwiseCopyable>(
        by type: Count.Type
    ) throws(PickleError) -> UnsafeRawBufferPointer {
        let count = try number(as: type)
        guard let count = Int(exactly: count) else { throw PickleError("\(count) bytes are more than a file holds") }
        return try take(count)
    }

    /// The text up to the end of the line, which is stepped over.
    mutating func line() throws(PickleError) -> String {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
            throw PickleError("the line that begins at byte \(position) does not end; is the file cut off?")
        }
        let line = try take(end - position)
        _ = try take(1)
        return try text(line)
    }

    /// Bytes as text.
    func text(_ bytes: UnsafeRawBufferPointer) throws(PickleError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PickleError("the text that ends at byte \(position) is not UTF-8")
        }
        return text
    }
}

/// A rule of pickled data that is broken.
struct PickleError: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
