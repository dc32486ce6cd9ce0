import Foundation

/// How many threads to calculate with.
public enum ThreadCount {
    /// The value of `NN_NUM_THREADS`, or the number of processor cores where it is not set.
    ///
    /// - Throws: ``EngineError`` where it is not a whole number of 1 or more.
    public static func fromEnvironment(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(EngineError) -> Int {
        guard let text = environment["NN_NUM_THREADS"] else { return ProcessInfo.processInfo.activeProcessorCount }
        guard let count = Int(text), (1...1024).contains(count) else {
            throw EngineError(
                "NN_NUM_THREADS is '\(text)'; it must be a whole number from 1 to 1024. "
                    + "Unset it to use all \(ProcessInfo.processInfo.activeProcessorCount) cores.")
        }
        return count
    }
}
