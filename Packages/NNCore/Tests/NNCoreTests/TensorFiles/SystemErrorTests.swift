import Foundation
import Testing

@_spi(Internal) import NNCore

@Suite struct SystemErrorTests {
    @Test func saysWhatToDo() {
        #expect(SystemError(ENOSPC).description == "No space left on device; make space, or write to another disk")
        #expect(SystemError(EACCES).description == "Permission denied" && SystemError(EACCES).remedySentence == nil)
        let limit = SystemError(EMFILE)
        #expect(limit.reason.contains("(ulimit -n)") && limit.remedySentence?.hasPrefix("Allow more") == true)
    }

    /// Foundation's numbers mean nothing to a user; the call behind them does.
    @Test func errorsOfFoundationAreThoseOfTheSystem() throws {
        let missing = #expect(throws: (any Error).self) { _ = try Data(contentsOf: URL(filePath: "/no/such/file")) }
        #expect(SystemError.text(of: try #require(missing)) == "No such file or directory")
        let device = try FileHandle(forWritingTo: URL(filePath: "/dev/full"))
        let full = #expect(throws: (any Error).self) { try device.write(contentsOf: Data([1])) }
        #expect(SystemError(try #require(full))?.code == ENOSPC)
        struct Other: Error {}
        #expect(SystemError(Other())?.code == nil && SystemError.text(of: Other()) == "Other()")
    }
}
