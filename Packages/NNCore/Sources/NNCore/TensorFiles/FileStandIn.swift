/// What a file is that was never downloaded, or is text in another encoding.
@_spi(Text)
public enum FileStandIn: Sendable {
    /// The note that Git keeps in place of a large file.
    case gitLFSPointer
    /// A page of a server that asks for a login, for instance.
    case webPage
    /// Text as PowerShell's `>` and old editors write it.
    case utf16

    /// What a file is by its first bytes; nil for what is likely the file itself.
    public init?(_ beginning: some Collection<UInt8>) {
        let text = String(decoding: beginning.prefix(512), as: UTF8.self)
            .drop { $0.isWhitespace || $0 == "\u{feff}" }.lowercased()
        if text.hasPrefix("version https://git-lfs") {
            self = .gitLFSPointer
        } else if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") {
            self = .webPage
        } else {
            return nil
        }
    }

    /// What a file of text is by all of its bytes; nil for what may be UTF-8.
    public init?(text bytes: some Collection<UInt8>) {
        let beginning = Array(bytes.prefix(1024))
        // One of the two bytes of each character in English text in UTF-16 is zero.
        let pairs = stride(from: 0, to: beginning.count - 1, by: 2)
        let zeros = pairs.count { (beginning[$0] == 0) != (beginning[$0 + 1] == 0) }
        let hasMark = beginning.starts(with: [0xff, 0xfe]) || beginning.starts(with: [0xfe, 0xff])
        if hasMark || zeros > beginning.count / 4 {
            self = .utf16
            return
        }
        // A page may be XML of another kind, which its readers tell.
        guard let other = Self(bytes), other == .gitLFSPointer else { return nil }
        self = other
    }

    /// What it is, without a verb.
    public var description: String {
        switch self {
        case .gitLFSPointer: "a Git LFS pointer instead of the file itself"
        case .webPage: "a web page instead of the file itself"
        case .utf16: "not text in UTF-8, but probably in UTF-16"
        }
    }

    /// What to do, with a capital.
    public var remedySentence: String { remedy.prefix(1).uppercased() + remedy.dropFirst() }

    /// What to do, in lower case.
    public var remedy: String {
        switch self {
        case .gitLFSPointer: "run 'git lfs pull' in its repository"
        case .webPage: "download it again from the direct link"
        case .utf16: "save it as UTF-8, for instance by 'iconv -f UTF-16 -t UTF-8'"
        }
    }
}
