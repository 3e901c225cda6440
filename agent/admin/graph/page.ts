// The access map as one HTML page that loads nothing: markup, style, script and data are in the file, and its
// content security policy allows no request at all, so it can be mailed around or opened from a disk.

import type { AccessMap } from "../../repo/graph.ts"
import { pageScript, pageStyle } from "./assets.ts"

/**
 * One self-contained page with a filterable matrix: a row for each secret, a column for each reader, and in each
 * cell how the access came about. `taken` says when, in the reader's words; the page itself knows no clock.
 */
export function graphPage(map: AccessMap, title: string, taken: string): string {
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>${text(title)}: who can read what</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>${text(title)}<span>who can read what</span></h1>
<p id="summary"></p>
<form role="search" autocomplete="off">
<label>Secret<input id="secret" type="search" placeholder="part of a name"></label>
<label>Reader<input id="reader" type="search" placeholder="user, machine or group"></label>
<fieldset>
<label><input id="users" type="checkbox" checked> users</label>
<label><input id="machines" type="checkbox" checked> machines</label>
<label><input id="vars" type="checkbox" checked> vars</label>
</fieldset>
<output id="count" for="secret reader users machines vars" aria-live="polite"></output>
</form>
<p class="legend"><b class="direct">●</b> by a link of its own <b class="group">◆</b> through a group (point at it, tap it or use the arrow keys to see which)</p>
</header>
<main tabindex="0" aria-label="Access matrix"><table role="grid" aria-label="Access matrix"><thead></thead><tbody></tbody></table>
<p id="nothing" hidden>Nothing matches. Clear a filter to see more.</p></main>
<footer><output id="why" aria-live="polite"></output>Taken ${text(taken)}. Names and links only; the page holds no value and no private key.</footer>
<noscript>This page draws its table with a script that is part of the file.</noscript>
<script id="map" type="application/json">${data(map)}</script>
<script>${pageScript}</script>
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
function data(map: AccessMap): string {
    return JSON.stringify(map)
        .replaceAll("<", "\\u003c")
        .replaceAll("\u2028", "\\u2028")
        .replaceAll("\u2029", "\\u2029")
}
