import Foundation

/// Memory in bytes, as Linux counts it.
struct SystemMemory: Encodable {
    var total = 0
    var available = 0

    /// - Parameter meminfo: the text of `/proc/meminfo`.
    init(meminfo: String? = SystemFile.text("/proc/meminfo")) {
        let table = KilobyteTable(meminfo ?? "")
        total = table["MemTotal"] ?? 0
        available = table["MemAvailable"] ?? 0
    }

    /// The largest amount of memory that this process has held at once; nil where Linux does not tell.
    static var peakOfProcess: Int? {
        SystemFile.text("/proc/self/status").flatMap { KilobyteTable($0)["VmHWM"] }
    }
}

/// Lines of the form `Name:  123 kB`.
private struct KilobyteTable {
    private var bytes: [String: Int] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == ":" || $0 == "\t" })
            if words.count == 3, words[2] == "kB", let count = Int(words[1]) { bytes[String(words[0])] = count * 1024 }
        }
    }

    subscript(name: String) -> Int? { bytes[name] }
}
