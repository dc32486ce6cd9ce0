import Foundation

/// The records of an event file, each of an event: the number of its bytes, the checksum of that number, the bytes, and
/// their checksum, with the numbers in little-endian order.
enum EventRecord {
    private static let headByteCount = 12
    private static let endByteCount = 4

    /// The record of an event.
    static func encoded(_ event: [UInt8]) -> [UInt8] {
        var record: [UInt8] = []
        record.reserveCapacity(headByteCount + event.count + endByteCount)
        record += bytes(of: UInt64(event.count))
        record += bytes(of: Checksum.masked(record))
        record += event
        record += bytes(of: Checksum.masked(event))
        return record
    }

    /// Where the events of a file are. The first record that is torn or damaged ends them, as it does for every reader.
    static func events(in file: Data) -> [Range<Int>] {
        file.withUnsafeBytes { file in
            var events: [Range<Int>] = []
            var start = 0
            while let event = event(of: file, recordAt: start) {
                events.append(event)
                start = event.upperBound + endByteCount
            }
            return events
        }
    }

    /// The range of the whole record around an event.
    static func record(around event: Range<Int>) -> Range<Int> {
        event.lowerBound - headByteCount..<event.upperBound + endByteCount
    }

    /// Where the event of a record is; nil for a record that is torn or damaged, and at the end of the file.
    private static func event(of file: UnsafeRawBufferPointer, recordAt start: Int) -> Range<Int>? {
        let first = start + headByteCount
        guard first + endByteCount <= file.count else { return nil }
        let count = file.loadUnaligned(fromByteOffset: start, as: UInt64.self).littleEndian
        let countChecksum = file.loadUnaligned(fromByteOffset: start + 8, as: UInt32.self).littleEndian
        guard Checksum.masked(file[start..<start + 8]) == countChecksum,
            count <= UInt64(file.count - first - endByteCount)
        else { return nil }
        let end = first + Int(count)
        let checksum = file.loadUnaligned(fromByteOffset: end, as: UInt32.self).littleEndian
        return Checksum.masked(file[first..<end]) == checksum ? first..<end : nil
    }

    private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { [UInt8]($0) }
    }
}
