// What somebody types is a question: a name, a pattern, or plain English.

export const ask = String.raw`
const kinds = { secret: "secrets", reader: "readers", user: "readers", machine: "readers", group: "groups", is: "is" }
const marks = ["owed", "wrong", "unbound", "gained", "lost", "changed"]
/** The question as patterns; free words may be any name. */
function parse(text) {
  const asked = { words: [], secrets: [], readers: [], groups: [], is: [] }
  const plain = text.trim().replace(/\?$/, "").trim()
  const sentences = [
    [/^(?:why|how)\s+(?:can|does|do)\s+(\S+)\s+(?:read|open|see)s?\s+(\S+)$/i, ([reader, secret]) => { asked.readers.push(reader); asked.secrets.push(secret) }],
    [/^can\s+(\S+)\s+(?:read|open|see)\s+(\S+)$/i, ([reader, secret]) => { asked.readers.push(reader); asked.secrets.push(secret) }],
    [/^who\s+(?:can\s+|all\s+)?(?:read|open|see)s?\s+(\S+)$/i, ([secret]) => { asked.secrets.push(secret) }],
    [/^what\s+(?:can|does|do)\s+(?:the\s+)?group\s+(\S+)\s+(?:read|open|see)s?$/i, ([group]) => { asked.groups.push(group) }],
    [/^what\s+(?:can|does|do)\s+(\S+)\s+(?:read|open|see)s?$/i, ([name]) => { (isGroup(name) ? asked.groups : asked.readers).push(name) }],
    [/^what(?:'s|\s+is)\s+(wrong|owed|unbound)$/i, ([mark]) => { asked.is.push(mark.toLowerCase()) }],
    [/^what\s+(?:has\s+)?changed$/i, () => { asked.is.push("changed") }],
    [/^who\s+(gained|lost)(?:\s+(?:something|anything))?$/i, ([mark]) => { asked.is.push(mark.toLowerCase()) }],
  ]
  for (const [pattern, take] of sentences) {
    const found = pattern.exec(plain)
    if (found) { take(found.slice(1)); return asked }
  }
  for (const word of plain.split(/\s+/).filter(Boolean)) {
    const [, key, value] = /^([a-z]+):(.+)$/.exec(word) || []
    if (kinds[key]) asked[kinds[key]].push(value)
    else asked.words.push(word)
  }
  return asked
}
const isGroup = (name) => chart.groups.some((group) => group.name === name) && !chart.readers.some((reader) => reader.name === name)
/** Whether a name is meant: a pattern of the shell is the whole name, anything else a part of it. */
function matcher(pattern) {
  const lower = pattern.toLowerCase()
  if (!/[*?]/.test(pattern)) return (name) => name.toLowerCase().includes(lower)
  const source = lower.replace(/[.+^$(){}|[\]\\]/g, "\\$&").replace(/\*/g, ".*").replace(/\?/g, ".")
  const whole = new RegExp("^" + source + "$", "s")
  return (name) => whole.test(name.toLowerCase())
}
/** A name that is there is meant as a whole, though it may be a part of others. */
function meant(all, pattern) {
  const exact = all.findIndex((name) => name === pattern)
  if (exact >= 0) return [exact]
  const matches = matcher(pattern)
  return all.flatMap((name, index) => (matches(name) ? [index] : []))
}
/** Secrets, readers and groups that are meant; undefined where the question says nothing of the kind. */
function answerTo(text) {
  const { words, secrets, readers, groups, is } = parse(text)
  const readerNames = chart.readers.map(({ name }) => name), groupNames = chart.groups.map(({ name }) => name)
  const all = (own, patterns) => patterns.length === 0 ? undefined : new Set(patterns.flatMap((each) => meant(own, each)))
  const found = { secrets: all(names, secrets), readers: all(readerNames, readers), groups: all(groupNames, groups) }
  const filters = []
  for (const word of words) {
    const inSecrets = new Set(meant(names, word)), inReaders = meant(readerNames, word), inGroups = meant(groupNames, word)
    if (inSecrets.size === 0 && inReaders.length > 0) found.readers = new Set([...(found.readers || []), ...inReaders])
    else if (inSecrets.size === 0 && inGroups.length > 0) found.groups = new Set([...(found.groups || []), ...inGroups])
    else {
      const wanted = bits(inReaders)
      filters.push((secret) => inSecrets.has(secret) || meets(linkBits[chart.secrets[secret].links], wanted))
    }
  }
  const readerBits = found.readers && bits(found.readers)
  if (found.secrets) filters.push((secret) => found.secrets.has(secret))
  if (readerBits) filters.push((secret) => {
    const { links, gained = [], lost = [] } = chart.secrets[secret]
    return meets(linkBits[links], readerBits) || [...gained, ...lost].some((reader) => found.readers.has(reader))
  })
  if (found.groups) filters.push((secret) => linksOf(secret).groups.some((group) => found.groups.has(group)))
  for (const mark of is) filters.push((secret) => isMarked(secret, mark))
  return { ...found, rows: chart.secrets.flatMap((_, secret) => (filters.every((filter) => filter(secret)) ? [secret] : [])) }
}
function isMarked(secret, mark) {
  const { marks: own = [], gained, lost, only } = chart.secrets[secret]
  if (mark === "changed") return Boolean(gained || lost || only)
  if (mark === "gained") return Boolean(gained)
  if (mark === "lost") return Boolean(lost)
  return own.some(({ kind }) => kind === mark)
}
/** The answer in a sentence. */
function sentence({ secrets, readers, groups, rows }) {
  const only = (set) => (set && set.size === 1 ? [...set][0] : undefined)
  const [reader, group] = [only(readers), only(groups)]
  const secret = only(secrets) ?? (rows.length === 1 && !readers && !groups && state.ask.trim() !== "" ? rows[0] : undefined)
  if (secret !== undefined && reader !== undefined) return why(reader, secret)
  if (secret !== undefined) {
    const who = readersOf(secret)
    return who.length === 0 ? "nobody can read " + names[secret] : count(who.length, "reader") + " of " + names[secret] + ": " + listed(who.map((each) => chart.readers[each].name))
  }
  if (reader !== undefined) {
    const own = rows.filter((each) => reads(reader, each)), direct = own.filter((each) => ways(reader, each).includes(undefined)).length
    const through = memberOf[reader].map((each) => chart.groups[each].name)
    return chart.readers[reader].name + " reads " + own.length + " of " + count(chart.secrets.length, "secret") + ": " + direct + " by a link of its own" + (through.length ? ", " + (own.length - direct) + " through " + listed(through) : "")
  }
  if (group !== undefined) return chart.groups[group].name + " opens " + count(rows.length, "secret") + " for " + count(chart.groups[group].members.length, "member") + ": " + listed(chart.groups[group].members.map((each) => chart.readers[each].name))
  return rows.length + " of " + count(chart.secrets.length, "secret") + ", " + count(chart.readers.length, "reader")
}
const listed = (all) => all.length <= 8 ? all.join(", ") : all.slice(0, 7).join(", ") + " and " + (all.length - 7) + " more"
`
