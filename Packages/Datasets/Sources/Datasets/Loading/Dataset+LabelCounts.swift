import Dispatch
import Foundation
import Synchronization

extension Dataset {
    /// How often each class is a label in the whole data set: of pictures, or of pixels of masks.
    ///
    /// Reads as little as the data set needs to tell, on all processors.
    /// - Throws: ``ImageError`` where a file cannot be read.
    public func labelCounts() throws -> [Int] {
        let total = Mutex([Int](repeating: 0, count: classNames.count))
        let failure = Mutex<(index: Int, error: any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: count) { index in
            do {
                let counts = try labelCounts(at: index)
                total.withLock { total in
                    for (label, count) in counts where total.indices.contains(label) { total[label] += count }
                }
            } catch {
                // Of several, the first sample's, so that the message does not depend on chance.
                failure.withLock { if index < $0?.index ?? .max { $0 = (index, error) } }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure.error }
        return total.withLock { $0 }
    }
}
