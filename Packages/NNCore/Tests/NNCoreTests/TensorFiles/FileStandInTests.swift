import Foundation
@_spi(Text) import NNCore
import Testing

@Suite struct FileStandInTests {
    private static let beginnings: [(String, FileStandIn?)] = [
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0", FileStandIn.gitLFSPointer),
        ("\u{feff}\n<!DOCTYPE HTML>", .webPage), (" <html lang='en'>", .webPage), ("<annotations>", nil), ("", nil),
        ("version: 3", nil),
    ]

    @Test(arguments: beginnings) func filesByTheirBeginning(text: String, expected: FileStandIn?) {
        #expect(FileStandIn(Array(text.utf8)) == expected)
    }

    @Test(arguments: [String.Encoding.utf16, .utf16LittleEndian, .utf16BigEndian, .utf8])
    func encodingsOfText(encoding: String.Encoding) throws {
        for text in ["a", "epochs: 3\r\n", "été, naïve\n"] {
            let bytes = try #require(text.data(using: encoding))
            #expect(FileStandIn(text: bytes) == (encoding == .utf8 ? nil : .utf16), "\(text)")
        }
    }

    /// Some zeros are no encoding, and a page may be other XML, which its readers tell.
    @Test func otherTextIsLeftToItsReaders() {
        #expect(FileStandIn(text: Array("a\0b, c, d\n".utf8)) == nil)
        #expect(FileStandIn(text: Array("<html></html>".utf8)) == nil)
        #expect(FileStandIn(text: Array("version https://git-lfs.github.com/".utf8)) == .gitLFSPointer)
    }
}
