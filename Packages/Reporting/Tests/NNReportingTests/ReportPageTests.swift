import Foundation
import NNDatasets
import Testing
@_spi(Internal) import NNPlotting
@testable import NNReporting

@Suite struct ReportPageTests {
    private let name = "<script>alert(\"'&\")</script> 猫"

    private func page(_ status: ReportPage.Status? = nil) -> ReportPage {
        var page = ReportPage(title: name, status: status)
        page.notices = [name]
        page.sections = [
            ReportSection(anchor: "one", title: name, body: .paragraph(name)),
            ReportSection(anchor: "two", title: "Two", body: .facts([(name, name)], caption: name)),
        ]
        return page
    }

    @Test func namesAreEscapedEverywhere() {
        let html = page().html
        // Only the script of the page itself.
        #expect(html.components(separatedBy: "<script>").count == 2)
        #expect(html.components(separatedBy: "&lt;script&gt;alert(&quot;&#39;&amp;&quot;)").count == 10)
        #expect(html.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"))
    }

    @Test func needsNoOtherFile() {
        let html = page(.init(kind: .running, text: "epoch 1 of 2", reloadSeconds: 5)).html
        #expect(html.matches(of: /(src|href)="(?!#|data:)/).isEmpty)
        #expect(!html.contains("@import") && !html.contains("url("))
    }

    @Test func onlyARunningPageLoadsItselfAgain() {
        let live = page(.init(kind: .running, text: "epoch 1 of 2", reloadSeconds: 15)).html
        #expect(live.contains("<noscript><meta http-equiv=\"refresh\" content=\"15\"></noscript>"))
        #expect(live.contains("setInterval(reload, 15000)"))
        #expect(live.contains("<span class=\"badge running\">running</span> epoch 1 of 2"))
        let finished = page(.init(kind: .finished, text: "epoch 2 of 2")).html
        #expect(!finished.contains("refresh") && !finished.contains("reload"))
    }

    @Test func headingsAndContentsAgree() {
        let html = page().html
        #expect(html.matches(of: /<h1>/).count == 1 && html.matches(of: /<h2[ ]/).count == 2)
        for anchor in ["one", "two"] {
            #expect(html.contains("<a href=\"#\(anchor)\">") && html.contains("<section id=\"\(anchor)\""))
        }
    }

    /// Text with 4.5:1 on both grounds (WCAG 2.2, 1.4.3), lines and bars with 3:1 (1.4.11).
    @Test func colorsHaveEnoughContrast() throws {
        for colors in [PageStyle.light, PageStyle.dark] {
            let named = try Dictionary(
                uniqueKeysWithValues: colors.map { ($0.key, try #require(Color(code: $0.value))) })
            for ground in ["paper", "box"].compactMap({ named[$0] }) {
                for text in ["ink", "soft", "accent", "good", "warn", "bad"] {
                    let ratio = try #require(named[text]).contrast(with: ground)
                    #expect(ratio >= 4.5, "\(text): \(ratio)")
                }
                for shape in ["bar", "grid"] { #expect(try #require(named[shape]).contrast(with: ground) >= 3) }
            }
        }
        #expect(PageStyle.light.map(\.key) == PageStyle.dark.map(\.key))
        let papers = [PageStyle.light, PageStyle.dark].compactMap { Color(code: $0[0].value) }
        try #require(papers.count == 2)
        for (light, dark) in LineChart.lineColors {
            #expect(light.contrast(with: papers[0]) >= 3 && dark.contrast(with: papers[1]) >= 3)
        }
    }

    @Test func quotesOfTablesAreRead() {
        let cells = CSVText.cells("train,3,\"a \"\"b\"\", c.png\",,1")
        #expect(cells == ["train", "3", "a \"b\", c.png", "", "1"])
    }

    @Test(arguments: [
        (0.0634, "0.063 s"), (9.0, "9 s"), (59.94, "59.9 s"), (250, "4 min 10 s"), (11_520, "3 h 12 min"),
        (Double.nan, "—"), (-1, "—"),
    ])
    func durationsAreReadable(_ seconds: Double, _ text: String) {
        #expect(Figures.duration(seconds) == text)
    }

    @Test func sizesAreReadable() {
        #expect(
            [0, 999, 37_780_672, 166_000_000, 1_000_000_000].map(Figures.bytes) == [
                "0 bytes", "999 bytes", "37.8 MB", "166 MB", "1.0 GB",
            ])
    }
}

extension Color {
    /// The ratio of luminances of two colours (WCAG 2.2, "contrast ratio").
    fileprivate func contrast(with other: Color) -> Double {
        let (a, b) = (luminance, other.luminance)
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    private var luminance: Double {
        func linear(_ value: UInt8) -> Double {
            let value = Double(value) / 255
            return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}
