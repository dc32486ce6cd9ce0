extension PredictionReport {
    /// The rules of style sheets that the parts need, once in a page; they use no variables of the page.
    ///
    /// Right and wrong have colours that the colour-blind can tell apart (Okabe and Ito 2008), and marks besides.
    static let style = """
        :root { --nnp-right: #009E73; --nnp-wrong: #D55E00; --nnp-a: #0072B2; --nnp-b: #CC79A7; --nnp-c: #E69F00;
          --nnp-line: #d5d8dc; --nnp-faint: #5f6670; --nnp-ground: #ffffff; --nnp-box: #f5f6f7; --nnp-ink: #1a1d21;
          --nnp-most: 70%; }
        @media (prefers-color-scheme: dark) {
          :root { --nnp-right: #1fbf92; --nnp-wrong: #ee7a29; --nnp-a: #56b4e9; --nnp-b: #e09cc1; --nnp-c: #f0b429;
            --nnp-line: #3a4048; --nnp-faint: #a3abb5; --nnp-ground: #15181c; --nnp-box: #1f2429; --nnp-ink: #eceef0;
            --nnp-most: 50%; }
        }
        .nnp-scroll { isolation: isolate; overflow: auto; max-height: 34rem; max-width: 100%; margin: .6rem 0; }
        .nnp-tall { max-height: 64rem; }
        .nnp-scores, .nnp-matrix, .nnp-pairs { border-collapse: separate; border-spacing: 0; font-size: .875rem;
          font-variant-numeric: tabular-nums; }
        .nnp-scores th, .nnp-scores td, .nnp-pairs th, .nnp-pairs td { padding: .25rem .7rem; text-align: right;
          border-bottom: 1px solid var(--nnp-line); white-space: nowrap; }
        .nnp-scores th:first-child, .nnp-pairs td:nth-child(-n+2), .nnp-pairs th:nth-child(-n+2) { text-align: left; }
        .nnp-scores tbody th { max-width: 20rem; overflow: hidden; text-overflow: ellipsis; font-weight: 500; }
        .nnp-scores thead th, .nnp-pairs thead th { position: sticky; top: 0; background: var(--nnp-ground);
          color: var(--nnp-ink); z-index: 1; }
        .nnp-pairs a { color: var(--nnp-a); }
        .nnp-sort { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: 0;
          cursor: pointer; }
        .nnp-sort:hover { text-decoration: underline; }
        th[aria-sort=ascending] .nnp-sort::after { content: " ▲"; }
        th[aria-sort=descending] .nnp-sort::after { content: " ▼"; }
        .nnp-bar > span { display: block; height: 4px; min-width: 5rem; margin-top: 2px; background: var(--nnp-line); }
        .nnp-bar i { display: block; height: 100%; background: var(--nnp-a); }
        .nnp-swatch { display: inline-block; width: .8em; height: .8em; margin-right: .4em; border-radius: 2px;
          border: 1px solid var(--nnp-faint); vertical-align: -.05em; }
        .nnp-matrix th { font-weight: 500; border-bottom: 0; vertical-align: middle; color: var(--nnp-ink);
          background: var(--nnp-ground); padding: .2rem .5rem; white-space: nowrap; max-width: 10rem;
          overflow: hidden; text-overflow: ellipsis; }
        .nnp-matrix thead th { position: sticky; top: 0; z-index: 2; vertical-align: bottom; }
        .nnp-matrix thead th:not(.nnp-corner) > span { writing-mode: vertical-rl; transform: rotate(180deg);
          max-height: 9rem; overflow: hidden; text-overflow: ellipsis; }
        .nnp-matrix tbody th { position: sticky; left: 0; text-align: right; z-index: 1; }
        .nnp-matrix thead th.nnp-corner { left: 0; z-index: 3; font-size: .75rem; color: var(--nnp-faint); }
        .nnp-matrix td { padding: 0; min-width: 3.1rem; height: 2.5rem; text-align: center;
          vertical-align: middle; color: var(--nnp-ink); border: 1px solid var(--nnp-ground); line-height: 1.15; }
        .nnp-matrix td > a, .nnp-matrix td > span { display: flex; flex-direction: column; justify-content: center;
          height: 100%; padding: .1rem .25rem; color: inherit; text-decoration: none; }
        .nnp-matrix td > a:hover, .nnp-matrix td > a:focus-visible, .nnp-matrix td > a[aria-expanded=true] {
          outline: 2px solid var(--nnp-ink); outline-offset: -2px; }
        .nnp-matrix small { font-size: .68rem; }
        .nnp-matrix b { font-weight: 600; }
        .nnp-hit { background: color-mix(in srgb, var(--nnp-right) min(var(--p), var(--nnp-most)), var(--nnp-ground)); }
        .nnp-miss { background:
          color-mix(in srgb, var(--nnp-wrong) min(var(--p), var(--nnp-most)), var(--nnp-ground)); }
        .nnp-zero, .nnp-rest { color: var(--nnp-faint) !important; background: var(--nnp-box); }
        .nnp-panel { display: none; border: 1px solid var(--nnp-line); border-radius: 6px; padding: .3rem .9rem .7rem;
          margin: .6rem 0; background: var(--nnp-box); }
        .nnp-panel h3 { margin: .5rem 0; }
        .nnp-panel.nnp-open, .nnp-panel:target { display: block; }
        .nnp-scripted .nnp-panel:not(.nnp-open) { display: none; }
        .nnp-cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.4rem, 1fr)); gap: .7rem; }
        .nnp-wide { grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); }
        .nnp-card { margin: 0; padding: .4rem; border: 3px solid var(--nnp-line); border-radius: 6px; min-width: 0;
          background: var(--nnp-ground); color: var(--nnp-ink); font-size: .8rem; line-height: 1.3; }
        .nnp-is-right { border-color: var(--nnp-right); }
        .nnp-is-wrong { border-color: var(--nnp-wrong); border-style: dashed; }
        .nnp-card img { display: block; width: 100%; max-width: 8rem; height: auto; aspect-ratio: auto;
          image-rendering: pixelated; margin: 0 auto .3rem; max-height: 8rem; object-fit: contain; }
        .nnp-card figcaption { color: inherit; }
        .nnp-card figcaption > * { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .nnp-card figcaption > b, .nnp-card figcaption > span { white-space: normal; overflow-wrap: anywhere; }
        .nnp-card small, .nnp-more { color: var(--nnp-faint); }
        .nnp-none { display: grid; place-items: center; height: 6rem; color: var(--nnp-faint);
          background: var(--nnp-box); }
        .nnp-diagrams { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr));
          gap: 1rem; }
        .nnp-diagram { margin: 0; max-width: 30rem; }
        .nnp-diagram figcaption { font-weight: 600; font-size: .9rem; }
        .nnp-diagram svg { width: 100%; height: auto; }
        .nnp-diagram text { font-size: 11px; fill: var(--nnp-faint); }
        .nnp-grid { stroke: var(--nnp-line); }
        .nnp-line { fill: none; stroke-width: 2; stroke: currentColor; }
        .nnp-bars rect { fill: currentColor; fill-opacity: .55; }
        .nnp-points circle { fill: currentColor; fill-opacity: .5; }
        .nnp-a { color: var(--nnp-a); } .nnp-b { color: var(--nnp-b); } .nnp-c { color: var(--nnp-c); }
        .nnp-right { color: var(--nnp-right); } .nnp-wrong { color: var(--nnp-wrong); }
        .nnp-faint { color: var(--nnp-faint); stroke-dasharray: 4 4; stroke-width: 1; }
        .nnp-b.nnp-line { stroke-dasharray: 7 3; }
        .nnp-legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .85rem; margin: .3rem 0; }
        .nnp-key::before { content: ""; display: inline-block; width: 1.4em; margin-right: .4em; vertical-align: .25em;
          border-top: 2px solid var(--nnp-faint); }
        .nnp-key-a::before { border-color: var(--nnp-a); } .nnp-key-b::before { border-top: 2px dashed var(--nnp-b); }
        .nnp-key-c::before { border-color: var(--nnp-c); } .nnp-key-right::before { border-color: var(--nnp-right); }
        .nnp-key-wrong::before { border-color: var(--nnp-wrong); } .nnp-key-faint::before { border-top-style: dashed; }
        .nnp-masks { border-top: 1px solid var(--nnp-line); margin-top: .8rem; }
        .nnp-masks p { margin: .5rem 0; }
        .nnp-masks > div { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(11rem, 46%), 1fr));
          gap: .5rem; }
        .nnp-masks figure { margin: 0; }
        .nnp-masks img { display: block; width: 100%; height: auto; image-rendering: pixelated; }
        .nnp-masks figcaption { font-size: .8rem; color: var(--nnp-faint); }
        .nnp-notice { border-left: 4px solid var(--nnp-c); padding-left: .7rem; }
        @media print { .nnp-panel { display: none !important; } .nnp-scroll { max-height: none; } }
        """

    /// The script that the parts need, once at the end of a page; without it the cells of the confusion matrix jump to
    /// their images, and tables keep their order.
    static let script = """
        (function () {
          document.documentElement.classList.add("nnp-scripted");
          function open(anchor) {
            var panel = document.getElementById(anchor);
            if (!panel || !panel.classList.contains("nnp-panel")) return false;
            document.querySelectorAll(".nnp-panel.nnp-open").forEach(function (other) {
              other.classList.remove("nnp-open");
            });
            panel.classList.add("nnp-open");
            document.querySelectorAll(".nnp-matrix a").forEach(function (link) {
              var isOwn = link.getAttribute("href") === "#" + anchor;
              link.setAttribute("aria-expanded", isOwn ? "true" : "false");
            });
            return panel;
          }
          document.addEventListener("click", function (event) {
            var link = event.target.closest(".nnp-matrix a, .nnp-pairs a");
            if (link) {
              var panel = open(link.getAttribute("href").slice(1));
              if (panel) { event.preventDefault(); panel.scrollIntoView({ block: "nearest" }); }
              return;
            }
            var button = event.target.closest(".nnp-sort");
            if (button) sort(button.closest("th"));
          });
          document.addEventListener("keydown", function (event) {
            var link = event.target.closest && event.target.closest(".nnp-matrix a");
            var step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
            if (!link || !step) return;
            var cell = link.closest("td"), row = cell.parentNode, column = cell.cellIndex;
            while (row && (cell = row.cells[column += step[1]])) {
              if (step[0]) row = step[0] > 0 ? row.nextElementSibling : row.previousElementSibling;
              var next = row && row.cells[column] && row.cells[column].querySelector("a");
              if (next) { next.focus(); event.preventDefault(); return; }
            }
          });
          function sort(head) {
            var table = head.closest("table"), column = head.cellIndex, body = table.tBodies[0];
            var isUp = head.getAttribute("aria-sort") !== "ascending";
            table.querySelectorAll("th[aria-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
            head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
            function value(row) {
              var cell = row.cells[column], data = cell.getAttribute("data-value");
              return data === null ? cell.textContent : Number(data);
            }
            var rows = Array.from(body.rows).map(function (row) { return [value(row), row]; });
            rows.sort(function (left, right) {
              var order = typeof left[0] === "number" ? left[0] - right[0] : left[0].localeCompare(right[0]);
              return isUp ? order : -order;
            });
            rows.forEach(function (pair) { body.appendChild(pair[1]); });
          }
          if (location.hash.indexOf("#cell-") === 0) open(location.hash.slice(1));
          var first = document.querySelector(".nnp-panel.nnp-open");
          if (first) open(first.id);
        })();
        """
}
