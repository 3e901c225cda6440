// The panel beside the matrix: all that is known of the one thing that somebody points at.

export const panel = String.raw`
let selected
const chip = (text, asked) => { const button = make("button", { type: "button", class: "chip" }, text); button.onclick = () => query(asked); return button }
const readerChip = (reader) => chip(chart.readers[reader].name, chart.readers[reader].kind + ":" + chart.readers[reader].name)
const items = (all, most = 200) => make("ul", {}, ...all.slice(0, most).map((item) => make("li", {}, ...[item].flat())), all.length > most ? make("li", { class: "soft" }, "and " + (all.length - most) + " more") : null)
const part = (title, ...content) => [make("h3", {}, title), ...content]
function select(row, column) {
  selected = { row: rows[row], column: columns[column] }
  showPanel()
}
function showPanel() {
  const { row, column } = selected || {}
  at("panel").hidden = !row && !column
  document.body.classList.toggle("with-panel", Boolean(row || column))
  if (!row && !column) return
  at("about").replaceChildren(...(row && column && column.reader !== undefined ? aboutAccess(row, column.reader) : row && column ? aboutSecrets(row) : row ? aboutSecrets(row) : column.reader === undefined ? aboutGroup(column.group) : aboutReader(column.reader)))
}
function hidePanel() { selected = undefined; showPanel() }
function aboutAccess(row, reader) {
  const { kind, name } = chart.readers[reader], [secret] = row.secrets
  const paths = ways(reader, secret).map((group) => group === undefined
    ? [readerChip(reader), " → ", make("b", {}, names[secret]), make("small", {}, sinceText(linked(secret, reader)))]
    : [readerChip(reader), make("small", {}, sinceText(joined(reader, group))), " → ", chip(chart.groups[group].name, "group:" + chart.groups[group].name), make("small", {}, sinceText(linked(secret, reader, group))), " → ", make("b", {}, names[secret])])
  const take = ways(reader, secret).map((group) => make("code", {}, group === undefined
    ? "hostseal " + kind + "s remove-secret " + name + " " + names[secret]
    : "hostseal groups remove-" + kind + " " + chart.groups[group].name + " " + name))
  return [make("h2", {}, "Why ", name, " reads ", labelOf(row)), make("p", { class: "soft" }, why(reader, secret) + "."),
    ...(paths.length ? part(paths.length === 1 ? "The way" : "The ways", items(paths)) : []),
    ...(take.length ? part("To take it away", items(take), make("p", { class: "soft" }, (take.length > 1 ? "All of these are needed. " : "") + "Whoever could read a value may have kept it: change it afterwards.")) : []),
    ...(row.secrets.length > 1 ? part("The same for", items(row.secrets.map((each) => chip(names[each], "secret:" + names[each])))) : [])]
}
function aboutSecrets(row) {
  const [secret] = row.secrets, { path, marks = [], gained = [], lost = [], only } = chart.secrets[secret], { readers, groups } = linksOf(secret)
  const isOne = row.secrets.length === 1
  const changes = [...gained.map((reader) => [make("b", { class: "gained" }, "+ "), readerChip(reader)]), ...lost.map((reader) => [make("b", { class: "lost" }, "− "), readerChip(reader)])]
  return [make("h2", {}, isOne ? names[secret] : labelOf(row)), make("p", { class: "soft" }, isOne ? path : count(row.secrets.length, "secret") + " with the same readers"),
    ...(only ? [make("p", { class: "gained" }, only === "now" ? "new since " + chart.comparedWith : "gone since " + chart.comparedWith)] : []),
    ...(changes.length ? part("Since " + chart.comparedWith, items(changes)) : []),
    ...row.secrets.flatMap((each) => (chart.secrets[each].marks || []).length === 0 ? [] : part(isOne ? "To be done" : names[each], items(chart.secrets[each].marks.map(({ kind, text }) => [make("i", { class: kind }, kind), " " + text])))).slice(0, 60),
    ...(readers.length ? part("By name", items(readers.map((reader) => [readerChip(reader), make("small", {}, (chart.readers[reader].kind === "machine" ? " machine" : "") + sinceText(isOne ? linked(secret, reader) : null))]))) : []),
    ...groups.flatMap((group) => part("Through " + chart.groups[group].name + sinceText(isOne ? linked(secret, undefined, group) : null), items(chart.groups[group].members.map((reader) => [readerChip(reader), make("small", {}, sinceText(joined(reader, group)))])))),
    ...(readers.length + groups.length === 0 ? [make("p", {}, "Nobody can read it.")] : []),
    ...(isOne ? [] : part("Secrets", items(row.secrets.map((each) => chip(names[each], "secret:" + names[each])))))]
}
function aboutReader(reader) {
  const { kind, name, keys } = chart.readers[reader], own = chart.secrets.flatMap((_, secret) => (reads(reader, secret) ? [secret] : [])).sort((a, b) => compare(names[a], names[b]))
  const direct = own.filter((secret) => ways(reader, secret).includes(undefined))
  return [make("h2", {}, name), make("p", { class: "soft" }, kind + " with " + count(keys, "key") + ", reads " + own.length + " of " + count(chart.secrets.length, "secret")),
    make("p", {}, chip("show only these", kind + ":" + name)),
    ...(direct.length ? part("By name (" + direct.length + ")", items(direct.map((secret) => chip(names[secret], "secret:" + names[secret])))) : []),
    ...memberOf[reader].flatMap((group) => {
      const through = own.filter((secret) => linksOf(secret).groups.includes(group))
      return part("Through " + chart.groups[group].name + " (" + through.length + ")" + sinceText(joined(reader, group)), items(through.map((secret) => chip(names[secret], "secret:" + names[secret]))))
    })]
}
function aboutGroup(group) {
  const { name, members: own } = chart.groups[group], opens = chart.secrets.flatMap((_, secret) => (linksOf(secret).groups.includes(group) ? [secret] : []))
  return [make("h2", {}, name), make("p", { class: "soft" }, "group of " + own.length + ", opens " + count(opens.length, "secret")),
    make("p", {}, chip("show only these", "group:" + name)),
    ...part("Members", items(own.map((reader) => [readerChip(reader), make("small", {}, sinceText(joined(reader, group)))]))),
    ...part("Secrets", items(opens.sort((a, b) => compare(names[a], names[b])).map((secret) => chip(names[secret], "secret:" + names[secret]))))]
}
`
