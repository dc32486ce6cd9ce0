import Foundation
import NNCore
import NNPlotting

/// A page of HTML that needs no other file: sections under a title, with a list of contents.
struct ReportPage {
    /// What a page says of the state of training.
    struct Status: Hashable {
        /// What a state looks like.
        enum Kind: String {
            /// Training goes on.
            case running
            /// Training ended before its end, or rests.
            case stopped
            /// Nothing is left to do.
            case finished
        }

        /// What it looks like.
        var kind: Kind
        /// The state in words.
        var text: String
        /// Seconds after which a reader loads the page again; nil for a page that does not change any more.
        var reloadSeconds: Int?
    }

    /// The heading.
    var title: String
    /// What stands under it.
    var subtitle = ""
    /// The state of training; nil where there is none.
    var status: Status?
    /// What the page lacks, and why.
    var notices: [String] = []
    /// The parts.
    var sections: [ReportSection] = []
    /// Further rules of style sheets.
    var styles: [String] = []
    /// Further scripts.
    var scripts: [String] = []
    /// When the page was written.
    var date = Date()

    /// The whole text.
    var html: String {
        "<!DOCTYPE html>\n"
            + HTML("html", ["lang": "en"], head, HTML("body", contents)).description + "\n"
    }

    /// Writes the page as a file that appears under its name only when it is complete.
    /// - Throws: `TensorFileError` where it cannot be written.
    func write(to url: URL) throws(TensorFileError) { try AtomicFile.write(Data(html.utf8), to: url) }

    private var head: HTML {
        var pieces: [HTML] = [
            HTML("meta", ["charset": "utf-8"]),
            HTML("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
            HTML("meta", ["name": "color-scheme", "content": "light dark"]),
            HTML("title", text: title),
        ]
        // An icon of no file keeps browsers from asking for one.
        pieces.append(HTML("link", ["rel": "icon", "href": "data:,"]))
        if let seconds = status?.reloadSeconds {
            let refresh = HTML("meta", ["http-equiv": "refresh", "content": "\(max(seconds, 10))"])
            pieces.append(HTML("noscript", refresh))
        }
        let style = ([LineChart.svgStyle, PageStyle.text] + styles).joined(separator: "\n")
        pieces.append(HTML("style", HTML(markup: style)))
        return HTML("head", pieces)
    }

    private var contents: [HTML] {
        var header = [HTML("h1", text: title)]
        if !subtitle.isEmpty { header.append(HTML("p", ["class": "soft"], text: subtitle)) }
        if let status {
            let badge = HTML("span", ["class": "badge \(status.kind.rawValue)"], text: status.kind.rawValue)
            header.append(HTML("p", ["class": "status", "role": "status"], badge, HTML(text: " " + status.text)))
        }
        header += notices.map { HTML("p", ["class": "notice"], text: $0) }
        let links = sections.map { HTML("a", ["href": "#\($0.anchor)"], text: $0.title) }
        let parts = sections.map { section in
            HTML(
                "section", ["id": section.anchor, "aria-labelledby": "\(section.anchor)-title"],
                HTML("h2", ["id": "\(section.anchor)-title"], text: section.title), section.body)
        }
        let time = HTML("time", ["datetime": Self.timestamp(date)], text: Self.timestamp(date))
        var pieces = [HTML("header", header)]
        if links.count > 1 { pieces.append(HTML("nav", ["aria-label": "Contents"], links)) }
        pieces.append(HTML("main", parts))
        pieces.append(HTML("footer", ["class": "soft"], HTML(text: "Written by nnkit at "), time))
        var scripts = [PageScript.charts]
        if let seconds = status?.reloadSeconds { scripts.append(PageScript.reload(seconds: seconds)) }
        pieces += (scripts + self.scripts).filter { !$0.isEmpty }.map { HTML("script", HTML(markup: $0)) }
        return pieces
    }

    /// A time of ISO 8601 in UTC, to the second.
    private static func timestamp(_ date: Date) -> String { date.formatted(.iso8601) }
}

/// The scripts of pages, without which they show the same but for what follows a mouse.
private enum PageScript {
    /// Shows a vertical line with the values of all lines where a mouse or a finger is in a chart.
    static let charts = #"""
        (() => {
          const ns = "http://www.w3.org/2000/svg";
          const numbers = text => text.split(" ").map(Number);
          const format = value => Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
          for (const svg of document.querySelectorAll("svg.chart[data-frame]")) {
            const [left, top, right, bottom] = numbers(svg.dataset.frame);
            const [x0, x1] = numbers(svg.dataset.range);
            const lines = [...svg.querySelectorAll("polyline[data-points]")].map(line => ({
              name: line.dataset.name, color: getComputedStyle(line).stroke,
              points: line.dataset.points.split(" ").map(point => point.split(",").map(Number)),
              places: line.getAttribute("points").split(" ").map(point => point.split(",").map(Number)) }));
            if (!lines.length) continue;
            const ruler = document.createElementNS(ns, "path");
            ruler.setAttribute("style", "stroke:var(--ink);stroke-opacity:.5;fill:none;pointer-events:none");
            const tip = document.createElement("div");
            tip.className = "tip"; tip.hidden = true;
            const box = svg.parentElement;
            box.append(tip);
            const hide = () => { tip.hidden = true; ruler.remove(); };
            svg.addEventListener("pointerleave", hide);
            svg.addEventListener("pointermove", event => {
              const area = svg.getBoundingClientRect();
              const scale = svg.viewBox.baseVal.width / area.width;
              const place = (event.clientX - area.left) * scale;
              if (place < left - 4 || place > right + 4) return hide();
              const nearest = line => line.places.reduce((best, point, index) =>
                Math.abs(point[0] - place) < Math.abs(line.places[best][0] - place) ? index : best, 0);
              const found = lines.map(line => [line, nearest(line)]);
              const [first, index] = found.reduce((a, b) =>
                Math.abs(b[0].places[b[1]][0] - place) < Math.abs(a[0].places[a[1]][0] - place) ? b : a);
              const column = first.places[index][0];
              ruler.setAttribute("d", `M${column} ${top}V${bottom}`);
              svg.append(ruler);
              const title = document.createElement("b");
              title.textContent = svg.dataset.x + " " + format(first.points[index][0]);
              tip.replaceChildren(title);
              for (const [line, at] of found) {
                if (Math.abs(line.places[at][0] - column) > 6) continue;
                const row = document.createElement("div");
                const dot = document.createElement("i");
                dot.style.background = line.color;
                row.append(dot, line.name + " " + format(line.points[at][1]));
                tip.append(row);
              }
              tip.hidden = false;
              const x = column / scale;
              tip.style.top = (top / scale) + "px";
              if (x > area.width / 2) { tip.style.left = ""; tip.style.right = (box.clientWidth - x + 10) + "px"; }
              else { tip.style.right = ""; tip.style.left = (x + 10) + "px"; }
            });
          }
        })();
        """#

    /// Loads the page again from time to time, at the same place and with the same parts open, unless somebody is reading it
    /// closely or does not see it.
    static func reload(seconds: Int) -> String {
        #"""
        (() => {
          const key = "nn-report" + location.pathname;
          const parts = () => [...document.querySelectorAll("details")];
          try {
            const kept = JSON.parse(sessionStorage.getItem(key) || "null");
            sessionStorage.removeItem(key);
            if (kept) {
              parts().forEach((part, index) => { part.open = kept.open.includes(index); });
              scrollTo(0, kept.y);
            }
          } catch {}
          const reload = () => {
            const isBusy = document.hidden || document.querySelector("dialog[open], .tip:not([hidden])")
              || String(getSelection());
            if (isBusy) return;
            try {
              const open = parts().flatMap((part, index) => part.open ? [index] : []);
              sessionStorage.setItem(key, JSON.stringify({ y: scrollY, open }));
            } catch {}
            location.reload();
          };
        """# + "  setInterval(reload, \(max(seconds, 1) * 1000));\n})();"
    }
}
