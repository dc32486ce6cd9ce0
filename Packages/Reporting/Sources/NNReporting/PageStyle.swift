/// The style sheet of pages: for phones first, light and dark as the reader prefers.
enum PageStyle {
    /// The colours of light pages; ``dark`` has the same names. Text has a contrast of 4.5:1 or more with `paper` and `box`.
    static let light: KeyValuePairs<String, String> = [
        "paper": "#FFFFFF", "box": "#F5F7F9", "ink": "#1B1F24", "soft": "#57606A", "rule": "#D0D7DE", "grid": "#6E7781",
        "accent": "#0B5CAD", "good": "#17692F", "warn": "#855300", "bad": "#B4232C", "bar": "#0072B2",
    ]
    /// The colours of dark pages.
    static let dark: KeyValuePairs<String, String> = [
        "paper": "#15181C", "box": "#1E2328", "ink": "#E6E9ED", "soft": "#A5AEB9", "rule": "#3A424B", "grid": "#8B949E",
        "accent": "#7AB8FF", "good": "#56D364", "warn": "#F0B429", "bad": "#FF8F87", "bar": "#56B4E9",
    ]

    /// All rules.
    static var text: String {
        func variables(_ colors: KeyValuePairs<String, String>) -> String {
            colors.map { "--\($0.key):\($0.value)" }.joined(separator: ";")
        }
        return ":root{\(variables(light))}\n@media (prefers-color-scheme:dark){:root{\(variables(dark))}}\n" + rules
    }

    private static let rules = """
        *{box-sizing:border-box}
        html{scroll-padding-top:3.2rem;-webkit-text-size-adjust:100%}
        body{margin:0 auto;max-width:84rem;padding:0 1rem 3rem;background:var(--paper);color:var(--ink);
        font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans CJK SC",sans-serif;
        overflow-wrap:anywhere}
        h1{font-size:1.5rem;line-height:1.25;margin:1.2rem 0 .2rem}
        h2{font-size:1.2rem;margin:2.2rem 0 .7rem;padding-bottom:.25rem;border-bottom:1px solid var(--rule)}
        h3{font-size:1rem;margin:1.4rem 0 .5rem}
        p{margin:.4rem 0}
        a{color:var(--accent)}
        .soft,figcaption,caption{color:var(--soft)}
        nav{position:sticky;top:0;z-index:2;display:flex;gap:.2rem;overflow-x:auto;margin:.8rem -1rem 0;padding:.35rem 1rem;
        background:var(--paper);border-bottom:1px solid var(--rule);scrollbar-width:thin}
        nav a{white-space:nowrap;padding:.25rem .6rem;border-radius:1rem;text-decoration:none}
        nav a:hover,nav a:focus-visible{background:var(--box);text-decoration:underline}
        .badge{display:inline-block;padding:.05rem .6rem;border-radius:1rem;border:1px solid currentColor;font-weight:600}
        .running{color:var(--accent)}.finished{color:var(--good)}.stopped{color:var(--warn)}
        .notice{border-left:4px solid var(--warn);background:var(--box);padding:.4rem .8rem}
        .tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.6rem;margin:0}
        .tiles div{background:var(--box);border:1px solid var(--rule);border-radius:.5rem;padding:.5rem .75rem}
        .tiles dt{color:var(--soft);font-size:.85rem}
        .tiles dd{margin:0;font-size:1.2rem;font-weight:600;line-height:1.3}
        .tiles small{display:block;font-size:.8rem;font-weight:400;color:var(--soft)}
        .charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,21rem),1fr));gap:.8rem}
        figure{margin:0;position:relative;min-width:0}
        .charts figure{border:1px solid var(--rule);border-radius:.5rem;padding:.4rem}
        svg.chart{display:block;touch-action:pan-y}
        .tip{position:absolute;pointer-events:none;background:var(--paper);border:1px solid var(--grid);border-radius:.4rem;
        padding:.25rem .5rem;font-size:.8rem;line-height:1.4;z-index:1;max-width:16rem}
        .tip i{display:inline-block;width:.6rem;height:.6rem;border-radius:50%;margin-right:.4rem}
        .scroll{overflow-x:auto;max-width:100%;margin:.8rem 0}
        table{border-collapse:collapse;overflow-wrap:normal;font-variant-numeric:tabular-nums}
        caption{text-align:left;padding-bottom:.3rem}
        th,td{padding:.25rem .7rem;border-bottom:1px solid var(--rule);text-align:left;vertical-align:top}
        table.facts th{font-weight:400;color:var(--soft);white-space:nowrap}
        table.facts td{overflow-wrap:anywhere}
        table.runs tbody th{min-width:min(11rem,35vw)}
        th{font-weight:600}
        td.number,th.number{text-align:right;white-space:nowrap}
        td.bar{min-width:9rem;vertical-align:middle}
        td.bar span{display:block;height:.7rem;background:var(--bar);border-radius:.15rem}
        tr.best td,tr.best th{font-weight:700}
        img{max-width:100%;height:auto;background:#FFFFFF;border-radius:.3rem}
        details{margin:.6rem 0}
        summary{cursor:pointer;color:var(--accent)}
        pre{background:var(--box);border:1px solid var(--rule);border-radius:.4rem;padding:.7rem;overflow:auto;max-height:34rem;
        font:12.5px/1.45 ui-monospace,Consolas,"Liberation Mono",monospace;overflow-wrap:normal}
        footer{margin-top:3rem;font-size:.85rem}
        :focus-visible{outline:2px solid var(--accent);outline-offset:2px}
        @media (max-width:30rem){body{padding:0 .75rem 2rem;font-size:16px}nav{margin:.8rem -.75rem 0;padding:.35rem .75rem}
        th,td{padding:.25rem .45rem}.tiles{grid-template-columns:1fr 1fr}}
        @media print{nav,.tip{display:none}body{max-width:none;font-size:11pt}section,figure,tr{break-inside:avoid}
        pre{max-height:none;white-space:pre-wrap}}
        """
}
