@_spi(Text) import NNLayers
import Testing

@testable import NNTool

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
