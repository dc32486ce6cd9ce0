/// Reads pickles, Python's format for objects, as far as PyTorch's files of weights need it.
///
/// No code is run: the functions and types that a pickle names stand for forms of data (``PickleGlobal``), and an object
/// of an unknown type is kept unread. Time and memory are proportional to the bytes that are read, whatever they contain.
struct Unpickler {
    /// The largest number of values on the stack, in the memo and of objects; far more than any file of weights has.
    private static let maximumCount = 1 << 22

    var reader: ByteReader
    private var stack: [PickleValue] = []
    /// The starts of the open groups in the stack.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private(set) var objects: [PickleObject] = []
    /// The storages by key, as they are first described.
    var storages: [String: PyTorchStorage] = [:]
    /// The number of bytes that may still be copied from existing values.
    private var copyAllowance: Int

    /// - Parameter bytes: Must stay valid while this is used.
    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        reader = ByteReader(bytes, at: position)
        copyAllowance = 2 * Swift.min(reader.remaining, 1 << 32) + 1 << 16
    }

    /// Reads the next value.
    mutating func load() throws(PickleError) -> PickleValue {
        while true {
            let code = try reader.number(as: UInt8.self)
            guard let opcode = PickleOpcode(rawValue: code) else {
                throw PickleError("operation \(code) at byte \(reader.position - 1) does not occur in files of weights")
            }
            if opcode == .stop { return try pop() }
            try perform(opcode)
        }
    }

    // MARK: Stack

    mutating func push(_ value: PickleValue) throws(PickleError) {
        guard stack.count < Self.maximumCount else { throw tooMany("values on the stack") }
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
        guard let start = marks.popLast() else { throw missing("the start of a group") }
        defer { stack.removeSubrange(start...) }
        return Array(stack[start...])
    }

    mutating func popPairs() throws(PickleError) -> [(key: PickleValue, value: PickleValue)] {
        let group = try popGroup()
        guard group.count.isMultiple(of: 2) else { throw missing("the value of a key") }
        return stride(from: 0, to: group.count, by: 2).map { (group[$0], group[$0 + 1]) }
    }

    // MARK: Memo

    mutating func keep(at index: Int?) throws(PickleError) {
        guard let index, index >= 0 else { throw missing("an index of the memo") }
        guard memo.count < Self.maximumCount else { throw tooMany("values in the memo") }
        memo[index] = try top()
    }

    mutating func keepNext() throws(PickleError) { try keep(at: memo.count) }

    func kept(at index: Int?) throws(PickleError) -> PickleValue {
        guard let index, let value = memo[index] else { throw missing("a value of the memo") }
        return value
    }

    // MARK: Objects

    func object(_ value: PickleValue) -> PickleObject? {
        if case .object(let index) = value { objects[index] } else { nil }
    }

    /// The elements of a tuple or list.
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

    /// Appends to the list on top of the stack. An unknown object becomes one.
    mutating func append(_ values: [PickleValue]) throws(PickleError) {
        let value = try top()
        // The contents of opaque values do not matter.
        if case .opaque = value { return }
        if case .instance? = object(value) { replace(value, with: .list([])) }
        guard case .object(let index) = value, case .list(var parts) = objects[index] else {
            throw missing("a list to append to")
        }
        // Without a second reference the elements are not copied each time.
        objects[index] = .list([])
        parts += values
        objects[index] = .list(parts)
    }

    /// Adds to the dictionary on top of the stack. An unknown object becomes one: types derived from `dict` hold weights.
    mutating func insert(_ pairs: [(key: PickleValue, value: PickleValue)]) throws(PickleError) {
        let value = try top()
        if case .opaque = value { return }
        if case .instance? = object(value) { replace(value, with: .dictionary([])) }
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

    /// Allows for a copy of an existing value. Without a limit, a few bytes could request endless copies.
    mutating func allowCopy(byteCount: Int) throws(PickleError) {
        guard byteCount <= copyAllowance else { throw tooMany("copies of values") }
        copyAllowance -= byteCount
    }

    /// Makes tensors of arrays, see ``NumPyStorages``.
    mutating func takeArrays() -> NumPyStorages { NumPyStorages(replacingArraysIn: &objects) }

    // MARK: Errors

    func missing(_ what: String) -> PickleError { PickleError("\(what) is missing before byte \(reader.position)") }

    private func tooMany(_ what: String) -> PickleError {
        PickleError("there are too many \(what) before byte \(reader.position) for a file of weights")
    }
}

/// Reads numbers and lines from bytes, with bounds checks.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    /// The index of the next byte.
    private(set) var position: Int

    /// - Parameter bytes: Must stay valid while the reader is used.
    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        self.bytes = bytes
        self.position = Swift.min(position, bytes.count)
    }

    /// The number of bytes left.
    var remaining: Int { bytes.count - position }

    mutating func take(_ count: Int) throws(PickleError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw PickleError(
                "\(count) bytes are expected at byte \(position) of \(bytes.count); is the file truncated?")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// Reads a little-endian number.
    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        as type: Number.Type
    ) throws(PickleError) -> Number {
        Number(littleEndian: try take(MemoryLayout<Number>.size).loadUnaligned(as: Number.self))
    }

    /// Reads a little-endian number, and that many bytes.
    mutating func counted<Count: FixedWidthInteger & BitwiseCopyable>(
        by type: Count.Type
    ) throws(PickleError) -> UnsafeRawBufferPointer {
        let count = try number(as: type)
        guard let count = Int(exactly: count) else { throw PickleError("\(count) bytes are more than a file can have") }
        return try take(count)
    }

    /// Reads a line, and skips its end.
    mutating func line() throws(PickleError) -> String {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
            throw PickleError("the line that starts at byte \(position) does not end; is the file truncated?")
        }
        let line = try take(end - position)
        _ = try take(1)
        return try text(line)
    }

    /// Decodes UTF-8.
    func text(_ bytes: UnsafeRawBufferPointer) throws(PickleError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PickleError("the text that ends at byte \(position) is not UTF-8")
        }
        return text
    }
}

/// An error in a file of PyTorch.
struct PickleError: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
