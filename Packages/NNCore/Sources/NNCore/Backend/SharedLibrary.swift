import Foundation

/// A library of the system that is opened when it is needed, so that a program starts without it.
///
/// It stays open until the process ends.
public struct SharedLibrary: @unchecked Sendable {
    // Sendable: the handle is set once, and the dynamic linker locks.
    private let handle: UnsafeMutableRawPointer
    /// The name that it was asked for by.
    public let name: String

    /// Opens a library.
    ///
    /// - Parameter name: a name that the dynamic linker knows (`libm.so.6`), or the path of a file.
    /// - Throws: ``EngineError`` where there is none, or the file is no library for this machine or cut off.
    public init(_ name: String) throws(EngineError) {
        // The linker maps a file that was cut off, and the process dies where it reads what is not there.
        if name.contains("/") { try Self.checkFile(name) }
        guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            throw EngineError(dlerror().map { String(cString: $0) } ?? "\(name) cannot be opened")
        }
        self.name = name
        self.handle = handle
    }

    /// The function of a name; nil where the library has none. `Function` is its C type.
    public func function<Function>(_ name: String, as type: Function.Type = Function.self) -> Function? {
        dlsym(handle, name).map { unsafeBitCast($0, to: type) }
    }

    /// The file that a function of the library was loaded from; the name that was asked for where Linux does not tell.
    public func path(ofFunction function: String) -> String {
        guard let symbol = dlsym(handle, function), let maps = FileHandle(forReadingAtPath: "/proc/self/maps"),
            let text = try? maps.readToEnd().map({ String(decoding: $0, as: UTF8.self) })
        else { return name }
        // "7f00-7f80 r-xp 00000000 08:01 42    /usr/lib/libm.so.6".
        let address = UInt(bitPattern: symbol)
        for line in text.split(separator: "\n") {
            let bounds = line.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard bounds.count == 2, (bounds[0]..<bounds[1]).contains(address), let slash = line.firstIndex(of: "/")
            else { continue }
            return String(line[slash...])
        }
        return name
    }

    /// Refuses what the dynamic linker would refuse without a reason or die of.
    private static func checkFile(_ path: String) throws(EngineError) {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw EngineError("\(path): there is no such file, or it cannot be read")
        }
        // An empty file and a folder give nothing.
        let header = Data((try? file.read(upToCount: 64)) ?? Data())
        let size = (try? file.seekToEnd()) ?? 0
        guard header.count == 64, header.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else {
            throw EngineError("\(path) is no library (no ELF file)")
        }
        // Class, order of bytes and processor, as of this program itself.
        if let own = try? FileHandle(forReadingAtPath: "/proc/self/exe")?.read(upToCount: 64), own.count == 64 {
            guard header[4] == own[4], header[5] == own[5], header[18...19] == own[18...19] else {
                throw EngineError("\(path) is a library for another kind of processor")
            }
        }
        // The table of sections stands at the end: its offset, the size of an entry and their number.
        func number(_ range: Range<Int>) -> UInt64 { header[range].reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        let (end, overflow) = number(40..<48).addingReportingOverflow(number(58..<60) * number(60..<62))
        guard !overflow, end <= size else {
            throw EngineError("\(path) is cut off: it should have \(end) bytes or more and has \(size)")
        }
    }
}
