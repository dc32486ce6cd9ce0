/// A rule of pickled data that is broken.
struct PickleError: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
