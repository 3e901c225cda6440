// Style and script of the access map page. The script is plain JavaScript for a browser and builds everything with
// textContent, never with markup, because names come from a repository.

export const pageStyle = `
:root { color-scheme: light dark; --ink: #1d2433; --soft: #667085; --line: #d8dee9; --paper: #fff; --band: #f5f7fb; --direct: #0f766e; --group: #7c3aed; --hot: #fff4d6 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --line: #344054; --paper: #12161f; --band: #1a202c; --direct: #2dd4bf; --group: #c4b5fd; --hot: #3b3415 } }
* { box-sizing: border-box }
body { margin: 0; height: 100vh; display: flex; flex-direction: column; font: 14px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
header, footer { padding: 12px 20px }
h1 { margin: 0; font-size: 20px } h1 span { margin-left: .6em; font-weight: 400; color: var(--soft) }
p { margin: 4px 0 } #summary, footer, .legend { color: var(--soft) } footer { font-size: 12px; border-top: 1px solid var(--line) }
form { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; margin: 10px 0 4px }
form > label { display: flex; gap: 6px; align-items: center } fieldset { display: flex; gap: 12px; margin: 0; padding: 0; border: 0 }
input[type=search] { width: 15em; padding: 5px 8px; font: inherit; color: inherit; background: var(--band); border: 1px solid var(--line); border-radius: 6px }
main { flex: 1; overflow: auto; border-top: 1px solid var(--line) }
table { border-collapse: separate; border-spacing: 0 }
th { font-weight: 500; background: var(--paper); position: sticky; text-align: left; white-space: nowrap }
thead th { top: 0; z-index: 2; padding: 6px 8px; vertical-align: bottom; border-bottom: 1px solid var(--line) }
thead th div { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 15em }
thead th small { color: var(--soft); font-weight: 400 }
tbody th { left: 0; z-index: 1; padding: 3px 16px 3px 20px; font-family: ui-monospace, monospace; font-size: 13px; border-right: 1px solid var(--line) }
thead th:first-child { left: 0; z-index: 3; padding-left: 20px; border-right: 1px solid var(--line) }
td { text-align: center; min-width: 2.2em; padding: 3px 8px; cursor: default }
tbody tr:nth-child(even) th, tbody tr:nth-child(even) td { background: var(--band) }
tbody tr:hover th, tbody tr:hover td { background: var(--hot) }
.direct { color: var(--direct) } .group { color: var(--group) } .legend b { margin-left: 1em } .legend b:first-child { margin-left: 0 }
#nothing { padding: 40px 20px; color: var(--soft) } [hidden] { display: none }
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
    tr.append(element("th", shown(s.path), { scope: "row" }))
    for (const c of columns) {
      const routes = s.cells.get(c.key), td = element("td")
      if (routes) {
        const direct = routes.some((r) => r.kind === "direct"), through = routes.filter((r) => r.kind === "group").map((r) => r.group)
        td.textContent = direct ? "\\u25cf" : "\\u25c6"
        td.className = direct ? "direct" : "group"
        td.title = c.name + " reads " + shown(s.path) + (direct ? " by a link of its own" : "") + (through.length ? (direct ? ", and" : "") + " through " + through.join(", ") : "")
        td.setAttribute("aria-label", td.title)
      }
      tr.append(td)
    }
    return tr
  }))
  at("count").textContent = rows.length + " of " + plural(map.secrets.length, "secret") + ", " + columns.length + " of " + plural(readers.length, "reader") + (rows.length > most ? "; the first " + most + " are drawn" : "")
  at("nothing").hidden = rows.length > 0 && columns.length > 0
  document.querySelector("table").hidden = rows.length === 0 || columns.length === 0
}
document.querySelector("form").addEventListener("input", () => { remember(); draw() })
document.querySelector("form").addEventListener("submit", (event) => event.preventDefault())
draw()
`
