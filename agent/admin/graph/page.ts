// The access map as one HTML page that loads nothing: markup, style, script and data are in the file, and its
// content security policy allows no request at all, so it can be mailed around or opened from a disk.

import type { Chart } from "../../repo/map/chart.ts"
import { ask } from "./script/ask.ts"
import { hands } from "./script/hands.ts"
import { matrix } from "./script/matrix.ts"
import { model } from "./script/model.ts"
import { panel } from "./script/panel.ts"
import { view } from "./script/view.ts"
import { style } from "./style.ts"

/** What a page is called and when its chart was made, in words: the page itself knows no clock. */
export interface About {
    readonly title: string
    readonly taken: string
    /** A page that is served asks for changes of a chart that has this name. */
    readonly served?: string
}

const script = [model, ask, view, matrix, panel, hands].join("")

/** One self-contained page with a matrix: a row for each secret, a column for each reader, and a panel that says why. */
export function graphPage(chart: Chart, { title, taken, served }: About): string {
    const connect = served === undefined ? "" : " connect-src 'self';"
    const then = chart.comparedWith
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline';${connect} base-uri 'none'; form-action 'none'">
<title>${text(title)}: who can read what</title>
<style>${style}</style>
</head>
<body${served === undefined ? "" : ` data-served="${text(served)}"`}>
<header>
<div id="title"><h1>${text(title)}<span>who can read what${then === null ? "" : `, compared with ${text(then)}`}</span></h1><p id="summary"></p></div>
<form id="form" role="search" autocomplete="off">
<input id="ask" type="search" list="names" aria-label="Question" placeholder="a name, web.*, who can read db.password, what does bob read"><datalist id="names"></datalist>
<label>Sort <select id="sort"><option value="name">by name</option><option value="readers">most readers first</option><option value="attention">what needs care first</option></select></label>
<label><input id="fold" type="checkbox"> fold alike</label>
<label><input id="users" type="checkbox"> users</label>
<label><input id="machines" type="checkbox"> machines</label>
<label><input id="vars" type="checkbox"> vars</label>
<span id="marked"></span>
</form>
<output id="answer" for="ask" aria-live="polite"></output>
</header>
<main><div id="matrix"><div id="grid" role="grid" tabindex="0" aria-label="Who can read what: a row for each secret, a column for each reader"><div id="head" role="row" aria-rowindex="1"></div><div id="rows" role="rowgroup"></div><div id="across" class="bar" hidden></div><div id="down" class="bar" hidden></div></div><p id="nothing" hidden>Nothing matches. Ask for less.</p></div></main>
<aside id="panel" aria-label="About what is selected" hidden><button id="close" type="button" aria-label="Close">×</button><div id="about" aria-live="polite"></div></aside>
<footer><output id="why" aria-live="off"></output><span class="legend"><b class="direct">●</b> by a link of its own <b class="group">◆</b> through a group${then === null ? "" : ` <b class="gained">+</b> gained <b class="lost">−</b> lost since ${text(then)}`}</span> <span class="keys"> · <kbd>/</kbd> ask, arrows move, <kbd>Enter</kbd> says why, <kbd>Space</kbd> folds, <kbd>Esc</kbd> closes</span> · <span id="taken">Taken ${text(taken)}</span>. Names and links only: no value, no private key.</footer>
<section id="paper" aria-hidden="true"></section>
<noscript>This page draws its table with a script that is part of the file.</noscript>
<script id="chart" type="application/json">${data(chart)}</script>
<script>${script}</script>
</body>
</html>
`
}

function text(value: string): string {
    return value
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;")
}

/** JSON that cannot end the script element it stands in, whatever the names hold. */
function data(chart: Chart): string {
    return JSON.stringify(chart)
        .replaceAll("<", "\\u003c")
        .replaceAll("\u2028", "\\u2028")
        .replaceAll("\u2029", "\\u2029")
}
