import Foundation
@_spi(Internal) import NNCore
@_spi(Internal) import NNDatasets
import NNTraining
import SwiftProtobuf

/// A file that TensorBoard shows, for a program's own numbers, images and texts.
///
/// ```swift
/// let file = try EventFile(in: URL(filePath: "boards/first"))
/// for step in 1...100 { try file.add(1 / Double(step), as: "loss", step: step) }
/// try file.close()
/// ```
///
/// `tensorboard --logdir boards` then shows the run `first`. A tag may have any characters; what precedes its first slash
/// is the group that it is shown in. The steps of a tag must not decrease.
///
/// Events are in the file as soon as they are added, so that a process that is killed loses none. Those that cannot be
/// written, as on a full disk, are kept in memory for the next time, up to 64 MiB. One thread at a time may use a file.
public final class EventFile {
    /// The location of the file, which has a name of its own in its folder.
    public let url: URL

    private var descriptor: Int32
    /// The bytes that are in the file.
    private var length = 0
    private var pending: [UInt8] = []

    private static let pendingLimit = 64 << 20

    /// Creates a file in a folder, and the folder where there is none.
    ///
    /// Other files of the folder belong to the same run, and what is added here continues it.
    /// - Parameters:
    ///   - folder: The folder, which `tensorboard` shows as a run.
    ///   - step: The last step of an earlier program whose events stay: those of later steps, and a last record that was
    ///     not written completely, are removed from the folder's files. Nil, the default, for all.
    /// - Throws: `RunError` where a file cannot be read or written.
    public convenience init(in folder: URL, continuingAfter step: Int? = nil) throws(RunError) {
        if let step { try EventFolder(url: folder).cut { $0.step <= step } }
        try self.init(EventFolder(url: folder), startingAt: step.map { $0 + 1 })
    }

    /// - Parameter step: The first step of training that goes on; nil for one that begins.
    init(_ folder: EventFolder, startingAt step: Int?) throws(RunError) {
        (url, descriptor) = try folder.makeFile()
        var version = Tensorboard_Event()
        version.fileVersion = "brain.Event:2"
        append(version, step: 0)
        if let step {
            // Readers that watch the folder have the events that were removed from it, and forget them by this one.
            var start = Tensorboard_Event()
            start.sessionLog.status = .start
            // They take the first one of a run for its beginning, after which there is nothing to forget.
            for _ in 0..<2 { append(start, step: step) }
        }
        do {
            try flush()
        } catch {
            unlink(url.path)
            throw error
        }
    }

    deinit { try? close() }

    /// Adds a number; NaN and infinities are shown as such.
    /// - Throws: `RunError` where events cannot be written.
    public func add(_ number: Double, as tag: String, step: Int) throws(RunError) {
        try add([.scalar(number, tag)], step: step)
    }

    /// Adds an image of 8 bits, of which 1, 3 or 4 channels are shown.
    /// - Throws: `ImageError` where it cannot be encoded as PNG, `RunError` where events cannot be written.
    public func add(_ image: Image, as tag: String, step: Int) throws {
        try add([.image(png: image.view().encodedPNG(file: tag), tag)], step: step)
    }

    /// Adds a text in Markdown.
    /// - Throws: `RunError` where events cannot be written.
    public func add(text: String, as tag: String, step: Int) throws(RunError) {
        try add([.text(text, tag)], step: step)
    }

    /// Adds the distribution of a tensor's values, of any shape, in 30 buckets of equal width. Values that are not finite
    /// do not count.
    /// - Throws: `RunError` where events cannot be written.
    public func add(histogramOf tensor: Tensor, as tag: String, step: Int) throws(RunError) {
        try add([.histogram(ValueHistogram(tensor), tag)], step: step)
    }

    /// Adds values that belong together: readers find all of them or none.
    func add(_ values: [Tensorboard_Summary.Value], step: Int) throws(RunError) {
        var event = Tensorboard_Event()
        event.summary.value = values
        append(event, step: step)
        try flush()
    }

    private func append(_ event: Tensorboard_Event, step: Int) {
        var event = event
        event.wallTime = Date().timeIntervalSince1970
        event.step = Int64(step)
        do {
            pending += EventRecord.encoded(try event.serializedBytes())
        } catch {
            // The only failure of such a message is one of more than 2 GiB.
            trap("EventFile: \(error)")
        }
    }

    /// Writes the events that could not be written before, if any.
    /// - Throws: `RunError` where they cannot be written, as on a full disk.
    public func flush() throws(RunError) {
        require(descriptor >= 0, "EventFile: '\(url.path)' is closed")
        let bytes = pending
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                write(descriptor, $0.baseAddress! + written, bytes.count - written)
            }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                let error = SystemError()
                // A torn record must not precede the next one.
                if ftruncate(descriptor, off_t(length)) != 0 { length += written }
                if bytes.count > Self.pendingLimit { pending = [] }
                throw RunError("cannot write '\(url.path)': \(error)")
            }
        }
        length += written
        pending = []
    }

    /// Ends the file, to which nothing can be added then. One that is not closed is when it is released.
    /// - Throws: `RunError` where it cannot be written.
    public func close() throws(RunError) {
        guard descriptor >= 0 else { return }
        defer {
            Foundation.close(descriptor)
            descriptor = -1
        }
        try flush()
    }
}
