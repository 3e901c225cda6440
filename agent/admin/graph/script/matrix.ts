// The matrix as it is drawn: only what the window shows is there, and only cells that say something. One cell is the
// active one; the grid keeps the focus and names it, so that nothing is lost when rows come and go.

export const matrix = String.raw`
const glyphs = { direct: "●", group: "◆", gained: "+", lost: "−", same: "·" }
const size = { row: 26, column: 30, name: 300, band: 28, head: 118, width: 0 }
const drawn = new Map()
let active = { row: 0, column: -1 }, span = [0, 0]
function measure() {
  const narrow = matchMedia("(max-width: 40em)").matches
  const longest = columns.reduce((most, { reader, group }) => Math.max(most, reader === undefined ? chart.groups[group].name.length + 6 : chart.readers[reader].name.length), 0)
  const head = Math.min(narrow ? 92 : 150, Math.max(48, longest * 8 + 16))
  Object.assign(size, narrow ? { name: 150, column: 34, row: 32, head } : { name: 300, column: 30, row: 26, head })
}
/** The first column that ends right of a place. */
function columnAt(place) {
  let [low, high] = [0, columns.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (columns[middle].left + columns[middle].width > place) high = middle
    else low = middle + 1
  }
  return low
}
function layout() {
  const grid = at("grid"), height = size.band + size.head
  grid.style.width = size.name + size.width + 40 + "px"
  grid.setAttribute("aria-rowcount", rows.length + 1)
  grid.setAttribute("aria-colcount", columns.length + 1)
  at("head").style.height = height + "px"
  at("rows").style.height = rows.length * size.row + "px"
  for (const [name, value] of Object.entries(size)) at("matrix").style.setProperty("--" + name, value + "px")
  active = { row: Math.min(active.row, rows.length - 1), column: Math.min(active.column, columns.length - 1) }
  at("nothing").hidden = rows.length > 0
  drawn.clear()
  at("rows").replaceChildren()
  span = [-1, -1]
  draw()
}
function draw() {
  const box = at("matrix"), step = 16
  const first = Math.max(0, Math.floor(box.scrollTop / size.row) - 4), last = Math.min(rows.length, first + Math.ceil(box.clientHeight / size.row) + 8)
  const from = Math.max(0, Math.floor(columnAt(box.scrollLeft) / step) * step - step)
  const to = Math.min(columns.length, Math.ceil((columnAt(box.scrollLeft + box.clientWidth) + step) / step) * step)
  if (from !== span[0] || to !== span[1]) {
    span = [from, to]
    drawn.clear()
    at("rows").replaceChildren()
    drawHead()
  }
  for (const [index, row] of drawn) if (index < first || index >= last) { row.remove(); drawn.delete(index) }
  for (let index = first; index < last; index++) if (!drawn.has(index)) {
    const row = drawRow(index)
    drawn.set(index, row)
    at("rows").append(row)
  }
  point()
}
function drawHead() {
  const head = at("head"), parts = [make("div", { class: "corner", role: "columnheader", "aria-colindex": "1" }, count(rows.length, state.fold ? "row" : "secret"))]
  let start = 0
  for (const { title, group, readers, isOpen } of bands) {
    const width = isOpen ? readers.length : 1
    if (start < span[1] && start + width > span[0] && (group === undefined || isOpen)) {
      const label = group === undefined ? make("span", {}, title) : make("button", { type: "button", title: "fold group " + title }, "▾ " + title)
      if (group !== undefined) label.onclick = () => toggleGroup(title)
      const band = make("div", { class: group === undefined ? "band" : "band of-group" }, label)
      const last = columns[start + width - 1]
      band.style.left = size.name + columns[start].left + "px"
      band.style.width = last.left + last.width - columns[start].left - 4 + "px"
      parts.push(band)
    }
    start += width
  }
  for (let index = span[0]; index < span[1]; index++) {
    const { reader, group } = columns[index], isGroup = reader === undefined
    const { name, kind } = isGroup ? { name: chart.groups[group].name, kind: "group" } : chart.readers[reader]
    const cell = make("div", { class: "label " + kind, role: "columnheader", id: "c-1-" + index, "aria-colindex": String(index + 2), title: kind + " " + name },
      make("span", {}, isGroup ? "▸ " + name + " (" + chart.groups[group].members.length + ")" : name))
    place(cell, index)
    parts.push(cell)
  }
  head.replaceChildren(...parts)
}
function drawRow(index) {
  const row = rows[index], line = make("div", { class: "row" + (index % 2 ? " odd" : "") + (row.isInside ? " inside" : ""), role: "row", "aria-rowindex": String(index + 2) })
  line.style.top = index * size.row + "px"
  line.dataset.row = index
  const flags = [...new Set(row.secrets.flatMap((secret) => (chart.secrets[secret].marks || []).map(({ kind }) => kind)))]
  const { only } = chart.secrets[row.secrets[0]]
  const name = make("div", { class: "name" + (only ? " " + only : ""), role: "rowheader", id: "c" + index + "--1", "aria-colindex": "1", title: row.secrets.slice(0, 12).map((secret) => names[secret]).join("\n") + (row.secrets.length > 12 ? "\n…" : "") },
    row.key === undefined ? null : make("span", { class: "fold", "aria-hidden": "true" }, row.isOpen ? "▾" : "▸"),
    make("span", { class: "text" }, labelOf(row)),
    row.secrets.length > 1 ? make("small", {}, String(row.secrets.length)) : null,
    ...flags.map((flag) => make("i", { class: flag, title: flag }, flag)))
  line.append(name)
  for (let column = span[0]; column < span[1]; column++) {
    const kind = cellOf(row, columns[column])
    if (!kind) continue
    const cell = make("div", { class: "cell " + kind, role: "gridcell", id: "c" + index + "-" + column, "aria-colindex": String(column + 2) }, glyphs[kind])
    place(cell, column)
    line.append(cell)
  }
  return line
}
function cellText(row, { reader, group }) {
  const more = row.secrets.length > 1 ? " (and " + (row.secrets.length - 1) + " more with the same readers)" : ""
  if (reader !== undefined) return why(reader, row.secrets[0]) + more
  return chart.groups[group].name + " opens " + names[row.secrets[0]] + sinceText(linked(row.secrets[0], undefined, group)) + " for " + listed(chart.groups[group].members.map((each) => chart.readers[each].name)) + more
}
function place(cell, column) {
  cell.style.left = size.name + columns[column].left + "px"
  cell.style.width = columns[column].width + "px"
  cell.dataset.column = column
}
/** Shows where somebody is. */
function point() {
  for (const old of document.querySelectorAll(".active")) old.classList.remove("active")
  const cell = at("c" + active.row + "-" + active.column)
  if (cell) {
    cell.classList.add("active")
    // Told of the one cell that is read out: a sentence for each would take longer than to draw them.
    if (cell.classList.contains("cell")) cell.setAttribute("aria-label", cellText(rows[active.row], columns[active.column]))
    at("grid").setAttribute("aria-activedescendant", cell.id)
  }
  else at("grid").removeAttribute("aria-activedescendant")
}
function bar(row, column) {
  const [across, down] = [at("across"), at("down")]
  across.hidden = row === undefined || row < 0
  down.hidden = column === undefined || column < 0
  if (!across.hidden) across.style.top = size.band + size.head + row * size.row + "px"
  if (!down.hidden) Object.assign(down.style, { left: size.name + columns[column].left + "px", width: columns[column].width + "px" })
}
function reveal({ row, column }) {
  const box = at("matrix"), top = row * size.row, { left, width: own } = columns[column] || { left: 0, width: 0 }
  const [height, width] = [box.clientHeight - size.band - size.head, box.clientWidth - size.name]
  if (row >= 0) box.scrollTop = Math.min(top, Math.max(box.scrollTop, top + size.row * 1.5 - height))
  if (column >= 0) box.scrollLeft = Math.min(left, Math.max(box.scrollLeft, left + own * 1.5 - width))
}
function goTo(row, column) {
  active = { row, column }
  reveal(active)
  draw()
  bar(row, column)
  tell()
}
/** The next place in a direction that says something. */
function step(down, right) {
  let { row, column } = active
  for (;;) {
    row += down
    column += right
    if (row < -1 || row >= rows.length || column < -1 || column >= columns.length || (row === -1 && column === -1)) return
    if (row === -1 || column === -1 || cellOf(rows[row], columns[column])) return goTo(row, column)
  }
}
`
