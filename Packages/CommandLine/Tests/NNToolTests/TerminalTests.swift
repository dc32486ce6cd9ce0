import Foundation
@_spi(Text) import NNLayers
import Testing

@testable import NNTool

@Suite struct ProgressLineTests {
    private let line = ProgressLine(title: "epoch 1/2", fraction: 0.5, figures: ["loss 0.5", "ETA 0:10"])

    @Test(arguments: 1...200)
    func fitsEveryWidth(_ width: Int) {
        #expect(line.text(width: width).count <= width)
    }

    @Test func leavesOutTheLeastImportantFigureFirst() {
        #expect(line.text(width: 80).hasSuffix("]  loss 0.5  ETA 0:10"))
        #expect(line.text(width: 37).hasSuffix("]  loss 0.5"))
        #expect(line.text(width: 26).hasSuffix("]"))
        #expect(line.text(width: 6) == "epoch ")
    }

    @Test(arguments: [(-1.0, ">"), (0.0, ">"), (0.5, "=====>"), (1.0, "=========="), (2.0, "==========")])
    func fillsTheBar(_ fraction: Double, _ filled: String) {
        let text = ProgressLine(title: "", fraction: fraction, figures: []).text(width: 13)
        #expect(text == " [" + filled.padding(to: 10) + "]")
    }
}

extension String {
    fileprivate func padding(to length: Int) -> String { self + String(repeating: " ", count: length - count) }
}

@Suite struct NumberFormatTests {
    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (269_722, "269,722"), (25_557_032, "25,557,032"), (-1234, "-1,234"),
    ])
    func groupsThousands(_ number: Int, _ text: String) { #expect(number.grouped == text) }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (3 << 20, "3.0 MiB"), (5 << 40, "5.0 TiB"),
        (2048 << 40, "2048.0 TiB"),
    ])
    func namesBytes(_ count: Int, _ text: String) { #expect(count.byteText == text) }

    @Test(arguments: [(-1.0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (760, "12:40"), (3723, "1:02:03")])
    func namesTimes(_ seconds: Double, _ text: String) { #expect(TimeText.clock(seconds: seconds) == text) }
}

@Suite struct StepTimesTests {
    @Test func takesTheMiddle() {
        let odd = StepTimes(milliseconds: [9, 1, 4])
        #expect((odd.minimum, odd.median, odd.maximum) == (1, 4, 9))
        #expect(StepTimes(milliseconds: [4, 1, 9, 2]).median == 3)
        #expect(StepTimes(milliseconds: [5]).median == 5)
    }

    @Test func isWrittenByName() throws {
        let data = try JSONEncoder().encode(StepTimes(milliseconds: [2, 1]))
        let values = try JSONDecoder().decode([String: Double].self, from: data)
        #expect(values == ["count": 2, "minimum": 1, "median": 1.5, "maximum": 2])
    }
}
