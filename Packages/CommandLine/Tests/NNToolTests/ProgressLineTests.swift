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
        #expect(line.text(width: 40).hasSuffix("]  loss 0.5"))
        #expect(line.text(width: 30).hasSuffix("]"))
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
