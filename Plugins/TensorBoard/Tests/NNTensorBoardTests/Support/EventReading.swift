import Foundation
import SwiftProtobuf
import Testing

@testable import NNTensorBoard

/// The events of one file, with every checksum compared by loops of the test.
func events(of file: URL) throws -> [Tensorboard_Event] {
    let bytes = [UInt8](try Data(contentsOf: file))
    var events: [Tensorboard_Event] = []
    var start = 0
    while start < bytes.count {
        let count = Int(number(bytes[start..<start + 8]))
        #expect(number(bytes[start + 8..<start + 12]) == mask(of: bytes[start..<start + 8]))
        let event = bytes[start + 12..<start + 12 + count]
        let end = start + 12 + count + 4
        #expect(number(bytes[end - 4..<end]) == mask(of: event))
        events.append(try Tensorboard_Event(serializedBytes: [UInt8](event)))
        start = end
    }
    return events
}

/// The names of the event files of a folder.
func eventFiles(in folder: URL) -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.contains("tfevents") }.sorted().map { folder.appendingPathComponent($0) }
}

/// A value with its step.
struct Point {
    let step: Int
    let value: Tensorboard_Summary.Value
}

/// All values of a folder's files, in the order of reading.
func points(in folder: URL) throws -> [Point] {
    try eventFiles(in: folder).flatMap(events).flatMap { event in
        event.summary.value.map { Point(step: Int(event.step), value: $0) }
    }
}

private func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }

/// CRC-32C bit by bit, and its mask.
private func mask(of bytes: ArraySlice<UInt8>) -> UInt64 {
    var value: UInt32 = ~0
    for byte in bytes {
        value ^= UInt32(byte)
        for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }
    value = ~value
    return UInt64((value >> 15 | value << 17) &+ 0xA282_EAD8)
}

/// A folder of files that is removed with the test.
final class TemporaryFolder {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("nnkit-\(UUID())", isDirectory: true)

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) -> URL { url.appendingPathComponent(name) }
}
