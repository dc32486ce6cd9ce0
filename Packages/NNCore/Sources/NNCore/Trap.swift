/// Ends the process with a message, in release builds too, where `preconditionFailure` prints nothing.
///
/// For programming mistakes only: bad input from a file, a configuration or a user is thrown as an error.
/// - Parameter message: The operation, what was wrong, and the shapes.
public func trap(
    _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) -> Never {
    fatalError(message(), file: file, line: line)
}

/// Ends the process with a message where a condition does not hold, see ``trap(_:file:line:)``.
@inlinable
@inline(__always)
public func require(
    _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID,
    line: UInt = #line
) {
    if !condition() { trap(message(), file: file, line: line) }
}
