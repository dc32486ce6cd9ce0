import NNDatasets
import NNLayers
import Testing

@_spi(Internal) @testable import NNPlotting

@Suite struct ContactSheetTests {
    private let green = Color(0x009E73)

    private func isDrawn(_ image: Image, rows: Range<Int>, columns: Range<Int>, _ color: Color) -> Bool {
        rows.contains { row in
            columns.contains { column in
                image[row, column, 0] == color.red && image[row, column, 1] == color.green
                    && image[row, column, 2] == color.blue
            }
        }
    }

    /// Marks are told apart by their shapes, and not by colours alone.
    @Test func marksAreSignsInTheCorner() {
        func draw(_ mark: ContactSheet.Mark?) -> Image {
            let image = Image(size: 8, filledWith: 0)
            let entry = ContactSheet.Entry(image: image, captions: ["a"], color: green, mark: mark)
            return ContactSheet(entries: [entry]).draw()
        }
        let (none, right, wrong) = (draw(nil), draw(.right), draw(.wrong))
        #expect(none != right && none != wrong && right != wrong)
        #expect(!isDrawn(none, rows: 13..<28, columns: 13..<28, .white))
        for image in [right, wrong] {
            #expect(isDrawn(image, rows: 8..<28, columns: 8..<28, .white))
            #expect(isDrawn(image, rows: 13..<28, columns: 13..<28, green))
            #expect(!isDrawn(image, rows: 28..<140, columns: 28..<140, .white))
        }
    }

    @Test func aTitleMovesTheImagesDown() {
        var sheet = ContactSheet(entries: [ContactSheet.Entry(image: Image(size: 8), captions: [])])
        let plain = sheet.draw()
        sheet.title = "epoch 3: 1 of 1 right, and a title that is much longer than the sheet is wide"
        let titled = sheet.draw()
        #expect(titled.width == plain.width && titled.height == plain.height + 24)
        #expect((0..<plain.width).allSatisfy { titled[24 + 30, $0, 0] == plain[30, $0, 0] })
    }

    @Test(arguments: ["猫", "日本語のとても長いクラスの名前です、そしてまだまだ続きます", "<script>\"'&\n\r\n\t\u{0}", "👩‍🚀🇨🇳", "", "é̂"])
    func drawsAnyName(_ name: String) {
        for text in [name, String(repeating: name, count: 20_000)] {
            let entry = ContactSheet.Entry(image: Image(size: 8), captions: [text, text])
            #expect(ContactSheet(entries: [entry]).draw().width == 152)
        }
        #expect(Legend([(name, green)]).draw().width == 640)
    }

    @Test func namesOfBoxesHaveTheirIndex() {
        #expect(DrawnName.text("猫", index: 3) == "3 猫")
        #expect(DrawnName.text("crème brûlée", index: 3) == "crème brûlée")
    }

    @Test func shortenedTextsAreAsLongAsTheyFit() {
        let style = TextStyle(height: 10, weight: 1, color: .ink)
        let text = "a rather long name of a class, and iiiii"
        for room in stride(from: 0.0, to: 400, by: 3.5) {
            let short = style.shortened(text, toWidth: room)
            if short == text {
                #expect(style.width(of: text) <= room)
                continue
            }
            let kept = short.dropLast(2)
            #expect(short.hasSuffix("..") && text.hasPrefix(String(kept)))
            #expect(kept.isEmpty || style.width(of: short) <= room)
            #expect(style.width(of: String(text.prefix(kept.count + 1)) + "..") > room)
        }
    }
}
