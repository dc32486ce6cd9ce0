import CNNKernels
import Foundation

/// How many threads to calculate with.
public enum ThreadCount {
    /// The processor cores that this process may use: its affinity and the quota of its control groups count.
    public static var availableCores: Int { Int(nn_available_cores()) }

    /// The value of `NN_NUM_THREADS`, or ``availableCores`` where it is not set.
    ///
    /// - Throws: ``EngineError`` where it is not a whole number from 1 to 1024.
    static func fromEnvironment(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(EngineError) -> Int {
        var message = [CChar](repeating: 0, count: 256)
        let count = nn_thread_count_from(environment["NN_NUM_THREADS"], nn_available_cores(), &message, message.count)
        guard count > 0 else {
            throw EngineError(String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        return Int(count)
    }
}
