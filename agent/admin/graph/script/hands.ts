// What somebody does: types, points, presses keys, prints. And what a served page hears of.

export const hands = String.raw`
function show() {
  compute()
  at("answer").textContent = sentence(answer)
  at("ask").value = state.ask
  at("sort").value = state.sort
  for (const id of ["fold", "users", "machines", "vars"]) at(id).checked = state[id]
  layout()
  remember()
}
function query(text) { state.ask = text; at("matrix").scrollTo(0, 0); active = { row: 0, column: -1 }; show() }
function toggleGroup(name) { if (!state.open.delete(name)) state.open.add(name); show() }
function toggleRow(row) { if (!state.rows.delete(row.key)) state.rows.add(row.key); show() }
function tell() {
  const row = rows[active.row], column = columns[active.column]
  at("why").textContent = row && column ? (cellOf(row, column) ? cellText(row, column) : "") : row ? names[row.secrets[0]] + (row.secrets.length > 1 ? " and " + (row.secrets.length - 1) + " more" : "") + ": " + count(readersOf(row.secrets[0]).length, "reader") : column ? (column.reader === undefined ? "group " + chart.groups[column.group].name : chart.readers[column.reader].kind + " " + chart.readers[column.reader].name) : ""
}
/** What Enter and a click do: explain, and fold what can be folded. */
function act(row, column, isFold) {
  if (row < 0 && column >= 0 && columns[column].reader === undefined && isFold) return toggleGroup(chart.groups[columns[column].group].name)
  if (column < 0 && rows[row].key !== undefined && isFold) return toggleRow(rows[row])
  select(row < 0 ? undefined : row, column < 0 ? undefined : column)
}
function placeOf(event) {
  const row = event.target.closest("[data-row]"), cell = event.target.closest("[data-column]")
  if (event.target.closest("#head")) return cell ? { row: -1, column: Number(cell.dataset.column) } : undefined
  return row ? { row: Number(row.dataset.row), column: cell ? Number(cell.dataset.column) : event.target.closest(".name") ? -1 : undefined } : undefined
}
at("grid").addEventListener("mousemove", (event) => {
  const where = placeOf(event)
  bar(where?.row, where?.column)
})
at("grid").addEventListener("click", (event) => {
  const where = placeOf(event)
  if (!where || where.column === undefined) return
  at("grid").focus({ preventScroll: true })
  goTo(where.row, where.column)
  act(where.row, where.column, event.target.closest(".fold") !== null || where.row < 0)
})
at("grid").addEventListener("keydown", (event) => {
  const page = Math.max(1, Math.floor(at("matrix").clientHeight / size.row) - 4)
  const keys = {
    ArrowUp: () => step(-1, 0), ArrowDown: () => step(1, 0), ArrowLeft: () => step(0, -1), ArrowRight: () => step(0, 1),
    Home: () => goTo(event.ctrlKey ? 0 : active.row, -1), End: () => event.ctrlKey ? goTo(rows.length - 1, -1) : step(0, 1),
    PageDown: () => goTo(Math.min(rows.length - 1, active.row + page), -1), PageUp: () => goTo(Math.max(0, active.row - page), -1),
    Enter: () => act(active.row, active.column, false), " ": () => act(active.row, active.column, true),
  }
  if (!keys[event.key] || rows.length === 0) return
  event.preventDefault()
  keys[event.key]()
})
at("grid").addEventListener("focus", () => goTo(active.row, active.column))
at("matrix").addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true })
addEventListener("resize", () => { compute(); layout() })
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !at("panel").hidden) { hidePanel(); at("grid").focus() }
  if (event.key === "/" && event.target.tagName !== "INPUT") { event.preventDefault(); at("ask").focus() }
})
at("close").addEventListener("click", hidePanel)
at("form").addEventListener("submit", (event) => event.preventDefault())
at("form").addEventListener("input", () => {
  if (at("ask").value !== state.ask) at("matrix").scrollTo(0, 0)
  state.ask = at("ask").value
  state.sort = at("sort").value
  for (const id of ["fold", "users", "machines", "vars"]) state[id] = at(id).checked
  show()
})
// Paper has no fold and no scroll bar: everybody's secrets as a list, each set of readers once.
function lines() {
  const sets = new Map()
  for (const secret of answer.rows) {
    const { links } = chart.secrets[secret]
    sets.set(links, [...(sets.get(links) || []), secret])
  }
  return [...sets.values()].map((own) => make("section", {},
    make("h3", {}, own.map((secret) => names[secret]).sort(compare).join(", ")),
    make("p", {}, readersOf(own[0]).map((reader) => chart.readers[reader].name + " (" + ways(reader, own[0]).map((group) => (group === undefined ? "by name" : chart.groups[group].name)).join(", ") + ")").join(", ") || "nobody"),
    ...own.flatMap((secret) => (chart.secrets[secret].marks || []).map(({ kind, text }) => make("p", {}, names[secret] + ": " + kind + ", " + text)))))
}
addEventListener("beforeprint", () => at("paper").replaceChildren(...lines()))
addEventListener("afterprint", () => at("paper").replaceChildren())
function summarize() {
  const of = (kind) => chart.readers.filter((reader) => reader.kind === kind).length
  at("summary").textContent = [count(chart.secrets.length, "secret"), count(of("user"), "user"), count(of("machine"), "machine"), count(chart.groups.length, "group")].join(", ")
  const found = marks.map((mark) => [mark, chart.secrets.filter((_, secret) => isMarked(secret, mark)).length]).filter(([mark, many]) => many > 0 && (mark !== "gained" && mark !== "lost" || chart.comparedWith))
  at("marked").replaceChildren(...found.map(([mark, many]) => { const button = chip(many + " " + mark, "is:" + mark); button.classList.add(mark); return button }))
  at("names").replaceChildren(...[...chart.readers.map(({ kind, name }) => kind + ":" + name), ...chart.groups.map(({ name }) => "group:" + name), ...marks.map((mark) => "is:" + mark)].slice(0, 400).map((value) => make("option", { value })))
}
function start(data) { load(data); restore(); summarize(); show() }
start(JSON.parse(at("chart").textContent))
// Only a page that a program serves can ask it for news; one from a disk may ask nobody.
if (document.body.dataset.served) setInterval(async () => {
  if (document.hidden) return
  try {
    const answered = await fetch("chart?after=" + document.body.dataset.served)
    if (answered.status !== 200) return
    document.body.dataset.served = answered.headers.get("etag")
    load(await answered.json())
    hidePanel()
    summarize()
    show()
    at("taken").textContent = "Changed just now"
  } catch { at("taken").textContent = "The program that served this page has ended" }
}, 2000)
`
