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
        if name.contains("/"), let problem = Self.problem(with: name) { throw EngineError("\(name): \(problem)") }
        guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            throw EngineError(dlerror().map { String(cString: $0) } ?? "\(name) cannot be opened")
        }
        self.name = name
        self.handle = handle
    }

    /// Loads the library anew while an environment variable has a value, which it reads as it is loaded.
    ///
    /// Whoever else in the process has it open keeps the library that is loaded.
    func reopened(withVariable variable: String, value: String) throws(EngineError) -> Self {
        dlclose(handle)
        setenv(variable, value, 0)
        defer { unsetenv(variable) }
        return try Self(name)
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

    /// Why a file is not a shared library for this machine; nil for one that can be opened.
    ///
    /// The dynamic linker maps a file that is cut short, and the process dies where it reads beyond its end.
    /// - Parameter path: The path of a file.
    public static func problem(with path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else { return String(cString: strerror(errno)) }
        // Opening a pipe would wait for a writer.
        guard status.st_mode & S_IFMT == S_IFREG else { return "not a file" }
        guard let file = FileHandle(forReadingAtPath: path) else { return String(cString: strerror(errno)) }
        let size = UInt64(status.st_size)
        func bytes(at offset: UInt64, _ count: Int) -> Data? {
            guard (try? file.seek(toOffset: offset)) != nil, let data = try? file.read(upToCount: count) else {
                return nil
            }
            return data.count == count ? Data(data) : nil
        }
        func number(_ data: Data, _ range: Range<Int>) -> UInt64 {
            data[range].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        guard let header = bytes(at: 0, 64), header.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else {
            return "not a shared library (no ELF file)"
        }
        // Class, byte order and processor, as of this program itself.
        if let own = try? FileHandle(forReadingAtPath: "/proc/self/exe")?.read(upToCount: 64), own.count == 64 {
            guard header[4] == own[4], header[5] == own[5], header[18...19] == own[18...19] else {
                return "made for another processor architecture"
            }
        }
        // The table of sections is at the end, and segments are what is mapped.
        func isWithin(_ offset: UInt64, _ count: UInt64) -> Bool {
            let (end, overflow) = offset.addingReportingOverflow(count)
            return !overflow && end <= size
        }
        let sections = number(header, 58..<60) * number(header, 60..<62)
        guard isWithin(number(header, 40..<48), sections) else { return "cut short" }
        let (segmentStart, segmentSize) = (number(header, 32..<40), number(header, 54..<56))
        for index in 0..<number(header, 56..<58) {
            guard isWithin(segmentStart, (index + 1) * segmentSize),
                let segment = bytes(at: segmentStart + index * segmentSize, 56)
            else { return "cut short" }
            let isLoaded = number(segment, 0..<4) == 1
            if isLoaded, !isWithin(number(segment, 8..<16), number(segment, 32..<40)) { return "cut short" }
        }
        return nil
    }
}
