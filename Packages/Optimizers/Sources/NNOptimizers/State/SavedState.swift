import Foundation
import NNLayers

/// Named tensors and numbers with which a part of training goes on where it stopped.
///
/// A checkpoint joins the states of its parts under their names: the momentum of `head.weight` is
/// `optimizer.momentum.head.weight`.
public struct SavedState: Sendable {
    /// The tensors by name.
    public var tensors: [String: Tensor]
    /// The numbers by name.
    public var scalars: [String: Double]

    /// Creates a state; by default an empty one.
    public init(tensors: [String: Tensor] = [:], scalars: [String: Double] = [:]) {
        self.tensors = tensors
        self.scalars = scalars
    }

    /// Adds the state of a part under its name.
    public mutating func add(_ part: SavedState, as name: String) {
        for (key, tensor) in part.tensors { tensors["\(name).\(key)"] = tensor }
        for (key, scalar) in part.scalars { scalars["\(name).\(key)"] = scalar }
    }

    /// The state of the part that was added under a name; empty if none was.
    public func part(_ name: String) -> SavedState {
        func members<Value>(_ values: [String: Value]) -> [String: Value] {
            let prefix = name + "."
            let pairs = values.compactMap { key, value in
                key.hasPrefix(prefix) ? (String(key.dropFirst(prefix.count)), value) : nil
            }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
        return SavedState(tensors: members(tensors), scalars: members(scalars))
    }

    /// A number that the state must have.
    /// - Throws: ``SavedStateError`` if it has not.
    public func scalar(_ name: String) throws(SavedStateError) -> Double {
        guard let value = scalars[name] else { throw SavedStateError("the saved state has no value '\(name)'") }
        return value
    }

    /// A count, a whole number of 0 or more, that the state must have.
    /// - Throws: ``SavedStateError`` if it has not.
    public func count(_ name: String) throws(SavedStateError) -> Int {
        let value = try scalar(name)
        guard let count = Int(exactly: value), count >= 0 else {
            throw SavedStateError("the saved state says \(value) for '\(name)', which is not a count")
        }
        return count
    }
}

extension SavedState {
    /// Reads a state that was written by ``save(to:)``.
    /// - Throws: `TensorFileError` for a file that cannot be read, ``SavedStateError`` for one of something else.
    public init(contentsOf url: URL) throws {
        let file = try SafetensorsFile(url)
        self.init()
        for name in file.names { tensors[name] = try file.tensor(named: name) }
        for (name, text) in file.metadata {
            guard let value = Double(text) else {
                throw SavedStateError(
                    "\(url.path) says '\(text.prefix(40))' for '\(name.prefix(80))', which is no number")
            }
            scalars[name] = value
        }
    }

    /// Writes the state to a safetensors file, which appears complete or not at all; numbers are its metadata.
    ///
    /// ```swift
    /// try optimizer.savedState.save(to: url)
    /// try optimizer.restore(SavedState(contentsOf: url))
    /// ```
    /// - Throws: `TensorFileError` if the file cannot be written.
    public func save(to url: URL) throws(TensorFileError) {
        try SafetensorsFile.write(
            tensors: tensors.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
            metadata: scalars.mapValues { "\($0)" }, to: url)
    }
}

/// A part of training whose state is saved in checkpoints.
public protocol Restorable {
    /// The state from which the part can go on.
    var savedState: SavedState { get }

    /// Goes on from a saved state.
    /// - Throws: `SavedStateError` if it is not the state of such a part; nothing has changed then.
    mutating func restore(_ state: SavedState) throws(SavedStateError)
}

/// A saved state that does not belong to the part that it is restored into.
public struct SavedStateError: Error, Sendable, CustomStringConvertible {
    /// What does not fit.
    public let description: String

    /// Creates an error with its description.
    public init(_ description: String) { self.description = description }
}
