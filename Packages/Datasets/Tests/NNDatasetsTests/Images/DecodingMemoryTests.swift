import NNCore
import Testing

@testable import NNDatasets

/// What limits of the process leave is asked for before an image is decoded.
@Suite struct DecodingMemoryTests {
    /// A grey PNG of 1000 x 2000, whose pixels do not matter here.
    let bytes = PNGFile(height: 1000, width: 2000, colorType: .grey, rows: []).bytes

    private func message(channels: Int, left: [Int?]) -> (text: String?, asked: Int) {
        var asked = 0
        let text = failure {
            let memory = DecodingMemory(PNGFormat().facts(of: bytes), channels: channels, file: "a.png")
            try memory.awaitMemory(
                left: {
                    asked += 1
                    return left[min(asked, left.count) - 1]
                }, wait: {})
        }
        return (text, asked)
    }

    @Test func nothingIsAskedForWithoutALimit() {
        for left in [nil, 1 << 30] as [Int?] {
            let found = message(channels: 3, left: [left])
            #expect(found.text == nil && found.asked == 1)
        }
    }

    /// Other threads give their memory back.
    @Test func memoryIsAwaited() {
        let found = message(channels: 3, left: [1 << 20, 1 << 20, 1 << 30])
        #expect(found.text == nil && found.asked == 3)
    }

    /// Three copies of two million pixels, and 16 MiB.
    @Test(arguments: [(1, 21), (3, 33), (5, 44)])
    func tooLittleIsAnError(channels: Int, needed: Int) {
        let found = message(channels: channels, left: [20 << 20])
        #expect(
            found.text?.hasPrefix(
                "a.png: its 1000x2000 pixels need \(needed) MiB, and limits of the process (ulimit -v, ulimit -d) leave 20 MiB. "
                    + "Raise them") == true, "\(found.text ?? "")")
        #expect(message(channels: channels, left: [(needed + 1) << 20]).text == nil)
    }
}
