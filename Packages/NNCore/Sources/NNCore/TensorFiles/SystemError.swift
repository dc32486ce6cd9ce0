import Foundation

/// Why a call of the system failed, for people: the reason, and the remedy where there is one.
@_spi(Internal) public struct SystemError: Sendable, CustomStringConvertible {
    /// The code, such as `ENOSPC`.
    public let code: Int32

    /// By default the failure of the last call.
    public init(_ code: Int32 = errno) { self.code = code }

    /// The failure of the call behind an error, which Foundation tells by a number of its own; nil where there is none.
    public init?(_ error: any Error) {
        var next: NSError? = error as NSError
        while let error = next {
            if error.domain == NSPOSIXErrorDomain {
                self.init(Int32(error.code))
                return
            }
            // On Linux it may be a POSIXError, which is no NSError before it is made one.
            let cause = error.userInfo[NSUnderlyingErrorKey]
            next = cause as? NSError ?? (cause as? any Error).map { $0 as NSError }
        }
        return nil
    }

    /// What failed, such as `No space left on device`.
    public var reason: String {
        switch code {
        case EMFILE:
            "too many files are open, of which this process may have \(sysconf(Int32(_SC_OPEN_MAX))) (ulimit -n)"
        case EFBIG where Self.fileSizeLimit != nil:
            "the file-size limit (ulimit -f) of \(Self.fileSizeLimit ?? 0) bytes is reached"
        default: String(cString: strerror(code))
        }
    }

    /// What to do, in lower case; nil where the reason says all that is known.
    public var remedy: String? {
        switch code {
        case EMFILE: "allow more, as by 'ulimit -n 1024'"
        case EFBIG where Self.fileSizeLimit != nil: "raise it, as by 'ulimit -f unlimited'"
        case ENOSPC, EDQUOT: "make space, or write to another disk"
        default: nil
        }
    }

    /// What to do, with a capital.
    public var remedySentence: String? { remedy.map { $0.prefix(1).uppercased() + $0.dropFirst() } }

    /// `reason; remedy`
    public var description: String { reason + (remedy.map { "; \($0)" } ?? "") }

    /// What an error says: of a failed call ``description``, without Foundation's numbers.
    public static func text(of error: any Error) -> String {
        if let failure = SystemError(error) { return failure.description }
        return (error as? CocoaError)?.localizedDescription ?? "\(error)"
    }

    /// The largest file in bytes that this process may write; nil without a limit.
    private static var fileSizeLimit: UInt64? {
        var limit = rlimit()
        #if os(Linux)
        let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0
        #else
        let isKnown = getrlimit(RLIMIT_FSIZE, &limit) == 0
        #endif
        return isKnown && limit.rlim_cur < UInt64(Int64.max) ? UInt64(limit.rlim_cur) : nil
    }
}
