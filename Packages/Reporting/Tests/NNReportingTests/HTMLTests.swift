import Testing

@testable import NNReporting

@Suite struct HTMLTests {
    @Test func markupInTextsAndAttributesIsText() {
        let name = "<script>alert(\"1\")</script> & 'x'"
        let escaped = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;"
        #expect(HTML(text: name).description == escaped)
        #expect(HTML("td", ["title": name], text: name).description == "<td title=\"\(escaped)\">\(escaped)</td>")
    }

    @Test func elementsNest() {
        #expect(
            HTML("p", ["class": "note"], HTML(text: "a"), HTML("br"), HTML("b", text: "c")).description
                == "<p class=\"note\">a<br><b>c</b></p>")
    }

    @Test func otherLanguagesStay() { #expect(HTML(text: "猫 and perché\n").description == "猫 and perché\n") }

    @Test func controlCharactersAreReplaced() {
        #expect(HTML(text: "a\u{0}b\u{85}").description == "a\u{FFFD}b\u{FFFD}")
    }
}
