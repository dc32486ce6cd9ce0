/// The table of contents of a safetensors file (https://huggingface.co/docs/safetensors).
///
/// The file is eight bytes with the length of the header, the header in JSON, and the elements.
struct SafetensorsHeader {
    /// The entry of one tensor in the header.
    struct Entry {
        let name: String
        /// The element type as the file names it; other programs may know further types.
        let typeName: String
        let shape: Shape
        /// Where the elements are, counted from the end of the header.
        let bytes: Range<Int>
    }

    /// A rule of the format that is broken.
    struct Violation: Error {
        var tensor: String?
        let reason: String
    }

    /// The format allows no longer one, so that a reader is not made to take memory without end.
    static let maximumLength = 100_000_000

    /// The tensors in the order of their elements.
    private(set) var entries: [Entry] = []
    private(set) var metadata: [String: String] = [:]
    /// The first byte behind the header.
    let dataStart: Int

    /// Reads the header of a file and proves every length and position in it.
    init(_ file: UnsafeRawBufferPointer) throws(Violation) {
        guard file.count >= 8 else { throw Violation(reason: "is cut off: \(file.count) bytes hold no header") }
        let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        guard length <= Self.maximumLength else {
            throw Violation(reason: "states a header of \(length) bytes; is it a safetensors file?")
        }
        guard Int(length) <= file.count - 8 else {
            throw Violation(reason: "is cut off: the header has \(length) bytes, \(file.count - 8) are there")
        }
        dataStart = 8 + Int(length)
        let document: JSONValue
        do {
            document = try JSONValue(parsing: Array(file[8..<dataStart])[...])
        } catch {
            throw Violation(reason: "byte \(8 + error.offset) of the header is not right: \(error.reason)")
        }
        guard case .object(let members) = document else { throw Violation(reason: "the header is not an object") }
        var names: Set<String> = []
        for member in members {
            guard names.insert(member.name).inserted else {
                throw Violation(tensor: member.name, reason: "the name occurs twice")
            }
            if member.name == "__metadata__" {
                try readMetadata(member.value)
            } else {
                do {
                    entries.append(try Self.entry(member, dataCount: file.count - dataStart))
                } catch {
                    throw Violation(tensor: member.name, reason: error.reason)
                }
            }
        }
        entries.sort { ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound) }
        try checkCover(dataCount: file.count - dataStart)
    }

    private mutating func readMetadata(_ value: JSONValue) throws(Violation) {
        guard case .object(let members) = value else { throw Violation(reason: "__metadata__ is not an object") }
        for member in members {
            guard case .string(let text) = member.value, metadata.updateValue(text, forKey: member.name) == nil else {
                throw Violation(reason: "'\(member.name)' in __metadata__ is not a string, or occurs twice")
            }
        }
    }

    private static func entry(_ member: JSONValue.Member, dataCount: Int) throws(Violation) -> Entry {
        guard case .object(let fields) = member.value else { throw Violation(reason: "the entry is not an object") }
        func field(_ name: String) throws(Violation) -> JSONValue {
            let found = fields.filter { $0.name == name }
            guard found.count == 1 else { throw Violation(reason: "'\(name)' is missing or occurs twice") }
            return found[0].value
        }
        func numbers(_ name: String) throws(Violation) -> [Int] {
            guard let values = try field(name).elements else { throw Violation(reason: "'\(name)' is not a list") }
            var result: [Int] = []
            for value in values {
                guard let number = value.integer, number >= 0 else {
                    throw Violation(reason: "'\(name)' holds what is not a whole number from 0 on")
                }
                result.append(number)
            }
            return result
        }
        guard case .string(let type) = try field("dtype") else { throw Violation(reason: "'dtype' is not a string") }
        let lengths = try numbers("shape")
        guard lengths.count <= Shape.maximumStoredRank else {
            throw Violation(reason: "has \(lengths.count) dimensions; at most \(Shape.maximumStoredRank) are read")
        }
        let shape = Shape(lengths)
        guard shape.checkedElementCount != nil else {
            throw Violation(reason: "a tensor of \(shape) has more elements than can be counted")
        }
        let offsets = try numbers("data_offsets")
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            throw Violation(reason: "data_offsets \(offsets) are not a beginning and an end")
        }
        guard offsets[1] <= dataCount else {
            throw Violation(reason: "ends at byte \(offsets[1]) of \(dataCount); is the file cut off?")
        }
        if let size = StoredElementType(rawValue: type)?.byteCount {
            guard
                shape.checkedElementCount?.multipliedReportingOverflow(by: size) ?? (0, true)
                    == (offsets[1] - offsets[0], false)
            else {
                throw Violation(reason: "\(offsets[1] - offsets[0]) bytes do not hold \(type)\(shape)")
            }
        }
        return Entry(name: member.name, typeName: type, shape: shape, bytes: offsets[0]..<offsets[1])
    }

    /// The tensors must be contiguous and cover the whole data section.
    private func checkCover(dataCount: Int) throws(Violation) {
        var end = 0
        for entry in entries {
            guard entry.bytes.lowerBound >= end else {
                throw Violation(
                    tensor: entry.name, reason: "begins at byte \(entry.bytes.lowerBound), within another tensor")
            }
            guard entry.bytes.lowerBound == end else {
                throw Violation(
                    tensor: entry.name,
                    reason: "bytes \(end) to \(entry.bytes.lowerBound) before it belong to no tensor")
            }
            end = entry.bytes.upperBound
        }
        guard end == dataCount else {
            throw Violation(reason: "has \(dataCount - end) bytes behind the last tensor")
        }
    }
}
