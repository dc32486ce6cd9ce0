import Foundation

/// Called by libFuzzer with each input. `NN_FUZZ` names the reader.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try Fuzzer.target.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    } catch {
        // Errors quote at most a line of what they were given.
        let message = "\(error)"
        if message.utf8.count > 10_000 { fatalError("a message of \(message.utf8.count) bytes") }
    }
    return 0
}

enum Fuzzer {
    static let target: FuzzTarget = {
        let name = ProcessInfo.processInfo.environment["NN_FUZZ"] ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            fatalError("set NN_FUZZ to one of " + FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return target
    }()
}
