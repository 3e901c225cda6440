// What is to be seen: which rows and columns there are, for what is asked and folded.

export const view = String.raw`
const state = { ask: "", sort: "name", fold: true, users: true, machines: true, vars: true, open: new Set(), rows: new Set() }
let rows = [], columns = [], bands = [], answer
/** A bookmark keeps what was asked. */
function restore() {
  const asked = new URLSearchParams(location.hash.slice(1))
  state.ask = asked.get("ask") || ""
  state.sort = asked.get("sort") || "name"
  state.fold = asked.has("fold") ? asked.get("fold") === "yes" : chart.secrets.length > 40
  for (const id of ["users", "machines", "vars"]) state[id] = asked.get(id) !== "no"
  const small = chart.readers.length + chart.groups.length <= 40
  state.open = new Set(asked.has("open") ? asked.get("open").split(" ").filter(Boolean) : small ? chart.groups.map(({ name }) => name) : [])
}
function remember() {
  const kept = new URLSearchParams()
  if (state.ask) kept.set("ask", state.ask)
  if (state.sort !== "name") kept.set("sort", state.sort)
  for (const id of ["users", "machines", "vars"]) if (!state[id]) kept.set(id, "no")
  kept.set("fold", state.fold ? "yes" : "no")
  kept.set("open", [...state.open].join(" "))
  history.replaceState(null, "", "#" + kept)
}
function compute() {
  answer = answerTo(state.ask)
  rows = foldedRows(sortedSecrets(answer.rows.filter((secret) => state.vars || !chart.secrets[secret].path.startsWith("vars/"))))
  const isShown = (reader) => state[chart.readers[reader].kind + "s"]
  const byName = new Set(chart.links.flatMap(({ readers }) => readers))
  const changed = new Set(chart.secrets.flatMap(({ gained = [], lost = [] }) => [...gained, ...lost]))
  const sorted = chart.readers.map((_, reader) => reader).filter(isShown)
    .sort((a, b) => (chart.readers[a].kind === chart.readers[b].kind ? compare(chart.readers[a].name, chart.readers[b].name) : chart.readers[a].kind === "user" ? -1 : 1))
  const wanted = (reader) => !answer.readers || answer.readers.has(reader)
  bands = []
  const band = (title, group, own, isOpen) => { if (own.length || !isOpen) bands.push({ title, group, readers: own, isOpen }) }
  if (chart.comparedWith) band("changed since " + chart.comparedWith, undefined, sorted.filter((reader) => changed.has(reader) && wanted(reader)), true)
  if (!answer.groups) band(answer.readers ? "asked for" : "by name", undefined, sorted.filter((reader) => (byName.has(reader) || memberOf[reader].length === 0 || answer.readers) && wanted(reader)), true)
  chart.groups.map((_, group) => group).sort((a, b) => compare(chart.groups[a].name, chart.groups[b].name)).forEach((group) => {
    // Whoever asks for people sees each of them once; the panel says through which group.
    if (answer.groups ? !answer.groups.has(group) : answer.readers) return
    const own = sorted.filter((reader) => has(groupBits[group], reader) && wanted(reader))
    const isOpen = state.open.has(chart.groups[group].name) && own.length > 0
    band(chart.groups[group].name, group, isOpen ? own : [], isOpen)
  })
  columns = bands.flatMap((each, index) => each.isOpen ? each.readers.map((reader) => ({ band: index, group: each.group, reader })) : [{ band: index, group: each.group }])
  measure()
  let left = 0
  for (const column of columns) {
    const { title, readers, isOpen } = bands[column.band]
    // A title of a few columns makes them wider, up to a word.
    column.left = left
    column.width = isOpen ? Math.max(size.column, Math.min(140, title.length * 8 + 34) / readers.length) : size.column
    left += column.width
  }
  size.width = left
}
function sortedSecrets(secrets) {
  const attention = (secret) => { const { marks = [], gained, lost } = chart.secrets[secret]; return marks.length + (gained || lost ? 1 : 0) }
  const total = (secret) => linkBits[chart.secrets[secret].links].reduce((sum, word) => { for (; word; word &= word - 1) sum++; return sum }, 0)
  const keys = { name: () => 0, readers: total, attention }
  const values = new Map(secrets.map((secret) => [secret, (keys[state.sort] || keys.name)(secret)]))
  return [...secrets].sort((a, b) => values.get(b) - values.get(a) || compare(names[a], names[b]))
}
/** Secrets with the same readers are one row, until somebody unfolds it. */
function foldedRows(secrets) {
  if (!state.fold) return secrets.map((secret) => ({ secrets: [secret] }))
  const alike = new Map()
  for (const secret of secrets) {
    const { links, gained = [], lost = [] } = chart.secrets[secret], key = [links, gained, lost].join("/")
    if (alike.has(key)) alike.get(key).push(secret)
    else alike.set(key, [secret])
  }
  return [...alike].flatMap(([key, own]) => own.length === 1
    ? [{ secrets: own }]
    : [{ secrets: own, key, isOpen: state.rows.has(key) }, ...(state.rows.has(key) ? own.map((secret) => ({ secrets: [secret], isInside: true })) : [])])
}
/** What a row says of itself: the beginning that its secrets share, or the first ones. */
function labelOf({ secrets }) {
  if (secrets.length === 1) return names[secrets[0]]
  let start = names[secrets[0]]
  for (const secret of secrets) while (!names[secret].startsWith(start)) start = start.slice(0, -1)
  start = start.replace(/[^./_-]*$/, "")
  return start.length > 1 ? start + "*" : names[secrets[0]] + ", " + names[secrets[1]] + (secrets.length > 2 ? ", …" : "")
}
/** What stands in a cell: nothing, or a kind of access. Changes are told in their own columns. */
function cellOf({ secrets: [secret] }, { group, reader, band }) {
  const { links, gained = [], lost = [] } = chart.secrets[secret]
  if (chart.comparedWith && band === 0 && group === undefined && bands[0].title.startsWith("changed"))
    return gained.includes(reader) ? "gained" : lost.includes(reader) ? "lost" : has(linkBits[links], reader) ? "same" : ""
  if (group !== undefined) return chart.links[links].groups.includes(group) ? "group" : ""
  return has(directBits[links], reader) ? "direct" : has(linkBits[links], reader) ? "group" : ""
}
`
