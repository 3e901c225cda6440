// Style and script of the access map page. The script is plain JavaScript for a browser and builds everything with
// textContent, never with markup, because names come from a repository.

export const pageStyle = `
:root { color-scheme: light dark; --ink: #1d2433; --soft: #667085; --line: #d8dee9; --paper: #fff; --band: #f5f7fb; --direct: #0f766e; --group: #7c3aed; --hot: #fff4d6 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --line: #344054; --paper: #12161f; --band: #1a202c; --direct: #2dd4bf; --group: #c4b5fd; --hot: #3b3415 } }
* { box-sizing: border-box }
body { margin: 0; height: 100vh; height: 100dvh; display: flex; flex-direction: column; font: 14px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
header, footer { padding: 12px 20px }
h1 { margin: 0; font-size: 20px } h1 span { margin-left: .6em; font-weight: 400; color: var(--soft) }
p { margin: 4px 0 } #summary, footer, .legend { color: var(--soft) } footer { font-size: 12px; border-top: 1px solid var(--line); background: var(--paper) }
#why { display: block; min-height: 1.45em; font-size: 14px; color: var(--ink); overflow-wrap: anywhere }
form { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; margin: 10px 0 4px }
form > label { display: flex; gap: 6px; align-items: center } fieldset { display: flex; gap: 12px; margin: 0; padding: 0; border: 0 }
input[type=search] { width: 15em; padding: 5px 8px; font: inherit; color: inherit; background: var(--band); border: 1px solid var(--line); border-radius: 6px }
main { flex: 1; overflow: auto; isolation: isolate; border-top: 1px solid var(--line); scroll-padding: calc(min(15em, 30vh) + 3em) 2em 2em min(36em, 50vw) }
table { border-collapse: separate; border-spacing: 0 }
th { font-weight: 500; background: var(--paper); position: sticky; text-align: left; white-space: nowrap }
thead th { top: 0; z-index: 2; padding: 6px 8px; vertical-align: bottom; border-bottom: 1px solid var(--line) }
thead th div { writing-mode: vertical-rl; transform: rotate(180deg); max-height: min(15em, 30vh); overflow: hidden; text-overflow: ellipsis }
thead th small { color: var(--soft); font-weight: 400 }
tbody th { left: 0; z-index: 1; padding: 3px 16px 3px 20px; font-family: ui-monospace, monospace; font-size: 13px; border-right: 1px solid var(--line) }
tbody th div { width: max-content; max-width: min(34em, 40vw); white-space: normal; overflow-wrap: anywhere }
thead th:first-child { left: 0; z-index: 3; padding-left: 20px; border-right: 1px solid var(--line) }
td { text-align: center; min-width: 2.2em; padding: 3px 8px; cursor: default }
tbody tr:nth-child(even) th, tbody tr:nth-child(even) td { background: var(--band) }
tbody tr:hover th, tbody tr:hover td, tbody tr:focus-within th, tbody tr:focus-within td { background: var(--hot) }
td:focus { outline: 2px solid var(--ink); outline-offset: -2px }
.direct { color: var(--direct) } .group { color: var(--group) } .legend b { margin-left: 1em } .legend b:first-child { margin-left: 0 }
#nothing { padding: 40px 20px; color: var(--soft) } [hidden] { display: none }
/* On a small screen the heading scrolls away, and the matrix has the screen for itself. */
@media (max-width: 40em), (max-height: 34em) {
  body { display: block; height: auto } footer { position: sticky; bottom: 0; z-index: 1; padding: 6px 12px }
  main { max-height: calc(100dvh - 5em) }
  tbody th, thead th:first-child { padding-left: 12px; padding-right: 8px }
}
`

export const pageScript = `
"use strict"
const map = JSON.parse(document.getElementById("map").textContent)
const at = (id) => document.getElementById(id)
const element = (name, content, attributes) => { const e = document.createElement(name); if (content) e.textContent = content; return Object.assign(e, attributes) }
const plural = (n, word) => n + " " + word + (n === 1 ? "" : "s")
at("summary").textContent = [plural(map.secrets.length, "secret"), plural(map.users.length, "user"), plural(map.machines.length, "machine"), plural(map.groups.length, "group")].join(", ")
const groupsOf = new Map()
for (const group of map.groups) for (const kind of ["users", "machines"]) for (const name of group[kind]) {
  const key = kind.slice(0, -1) + ":" + name
  groupsOf.set(key, [...(groupsOf.get(key) || []), group.name])
}
const readers = ["user", "machine"].flatMap((kind) => map[kind + "s"].map(({ name }) => ({ kind, name, key: kind + ":" + name, groups: groupsOf.get(kind + ":" + name) || [] })))
for (const secret of map.secrets) secret.cells = new Map(secret.readers.map((r) => [r.kind + ":" + r.name, r.routes]))
const shown = (path) => path.replace(/^sops\\/secrets\\//, "")
// The filters live in the address, so that a filtered view can be kept as a bookmark.
const texts = ["secret", "reader"], boxes = ["users", "machines", "vars"], most = 500
const asked = new URLSearchParams(location.hash.slice(1))
for (const id of texts) at(id).value = asked.get(id) || ""
for (const id of boxes) at(id).checked = asked.get(id) !== "no"
function remember() {
  const state = new URLSearchParams()
  for (const id of texts) if (at(id).value) state.set(id, at(id).value)
  for (const id of boxes) if (!at(id).checked) state.set(id, "no")
  history.replaceState(null, "", "#" + state)
}
function draw() {
  const wanted = at("secret").value.trim().toLowerCase(), who = at("reader").value.trim().toLowerCase()
  const columns = readers.filter((r) => at(r.kind + "s").checked && [r.name, ...r.groups].some((n) => n.toLowerCase().includes(who)))
  const rows = map.secrets.filter((s) => (at("vars").checked || !s.path.startsWith("vars/")) && shown(s.path).toLowerCase().includes(wanted) && (who === "" || columns.some((c) => s.cells.has(c.key))))
  const head = element("tr")
  head.append(element("th", "secret", { scope: "col" }))
  for (const c of columns) {
    const th = element("th", "", { scope: "col", title: c.kind + " " + c.name + (c.groups.length ? "\\nin " + c.groups.join(", ") : "") })
    const div = element("div", c.name + " ")
    div.append(element("small", c.kind))
    th.append(div)
    head.append(th)
  }
  document.querySelector("thead").replaceChildren(head)
  document.querySelector("tbody").replaceChildren(...rows.slice(0, most).map((s) => {
    const tr = element("tr")
    const th = element("th", "", { scope: "row" })
    th.append(element("div", shown(s.path)))
    tr.append(th)
    for (const c of columns) {
      const routes = s.cells.get(c.key), td = element("td")
      if (routes) {
        const direct = routes.some((r) => r.kind === "direct"), through = routes.filter((r) => r.kind === "group").map((r) => r.group)
        td.textContent = direct ? "\\u25cf" : "\\u25c6"
        td.className = direct ? "direct" : "group"
        td.title = c.name + " reads " + shown(s.path) + (direct ? " by a link of its own" : "") + (through.length ? (direct ? ", and" : "") + " through " + through.join(", ") : "")
        td.setAttribute("aria-label", td.title)
        td.tabIndex = -1
      }
      tr.append(td)
    }
    return tr
  }))
  const first = document.querySelector("td[tabindex]")
  if (first) first.tabIndex = 0
  at("why").textContent = ""
  at("count").textContent = rows.length + " of " + plural(map.secrets.length, "secret") + ", " + columns.length + " of " + plural(readers.length, "reader") + (rows.length > most ? "; the first " + most + " are drawn" : "")
  at("nothing").hidden = rows.length > 0 && columns.length > 0
  document.querySelector("table").hidden = rows.length === 0 || columns.length === 0
}
// Who reads what through which group is told wherever one points, taps, or goes with the arrow keys: one cell at a time
// is in the order of Tab, the arrows lead to the next one that says something.
const table = document.querySelector("table")
const tell = (event) => { const td = event.target.closest("td"); if (td && td.title) at("why").textContent = td.title }
function go(td) {
  for (const old of document.querySelectorAll("td[tabindex='0']")) old.tabIndex = -1
  td.tabIndex = 0
  td.focus()
}
for (const kind of ["focusin", "mouseover"]) table.addEventListener(kind, tell)
table.addEventListener("click", (event) => { const td = event.target.closest("td"); if (td && td.title) go(td) })
table.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key], from = event.target.closest("td")
  if (!step || !from) return
  event.preventDefault()
  let row = from.parentNode.sectionRowIndex, column = from.cellIndex, next
  do { row += step[0]; column += step[1]; next = table.tBodies[0].rows[row]?.cells[column] } while (next && !next.title)
  if (next) go(next)
})
document.querySelector("form").addEventListener("input", () => { remember(); draw() })
document.querySelector("form").addEventListener("submit", (event) => event.preventDefault())
draw()
`
