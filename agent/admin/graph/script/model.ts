// What the page knows: the chart, and what follows from it. Sets of readers are bits, because a thousand readers of ten
// thousand secrets are asked about at every key that somebody types.

export const model = String.raw`
"use strict"
const at = (id) => document.getElementById(id)
const make = (tag, attributes, ...children) => {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "class") made.className = value
    else if (name in made && typeof value !== "string") made[name] = value
    else made.setAttribute(name, value)
  }
  made.append(...children.filter((child) => child !== null && child !== undefined))
  return made
}
const count = (n, word) => n + " " + word + (n === 1 ? "" : "s")
const compare = new Intl.Collator("en", { numeric: true }).compare
const day = (date) => (date ? date.slice(0, 10) : null)
const nameOf = (path) => path.replace(/^sops\/secrets\//, "")

let chart, names, memberOf, groupBits, linkBits, directBits
function load(data) {
  chart = data
  names = chart.secrets.map(({ path }) => nameOf(path))
  memberOf = chart.readers.map(() => [])
  groupBits = chart.groups.map(({ members }, group) => {
    for (const reader of members) memberOf[reader].push(group)
    return bits(members)
  })
  directBits = chart.links.map(({ readers }) => bits(readers))
  linkBits = chart.links.map(({ groups }, index) => {
    const all = directBits[index].slice()
    for (const group of groups) groupBits[group].forEach((word, place) => { all[place] |= word })
    return all
  })
}
function bits(readers) {
  const words = new Uint32Array(Math.ceil(chart.readers.length / 32))
  for (const reader of readers) words[reader >> 5] |= 1 << (reader & 31)
  return words
}
const has = (words, reader) => (words[reader >> 5] & (1 << (reader & 31))) !== 0
const meets = (words, others) => words.some((word, place) => (word & others[place]) !== 0)
const members = (words) => chart.readers.flatMap((_, reader) => (has(words, reader) ? [reader] : []))
const linksOf = (secret) => chart.links[chart.secrets[secret].links]
const reads = (reader, secret) => has(linkBits[chart.secrets[secret].links], reader)
const readersOf = (secret) => members(linkBits[chart.secrets[secret].links])
/** The ways from a reader to a secret: undefined stands for a link of its own. */
function ways(reader, secret) {
  const { readers, groups } = linksOf(secret)
  return [...(readers.includes(reader) ? [undefined] : []), ...groups.filter((group) => has(groupBits[group], reader))]
}
/** Since when a secret has a link to a reader or a group. */
function linked(secret, reader, group) {
  const { since } = chart.secrets[secret], { readers, groups } = linksOf(secret)
  return since ? day(since[group === undefined ? readers.indexOf(reader) : readers.length + groups.indexOf(group)]) : null
}
const joined = (reader, group) => day(chart.groups[group].since?.[chart.groups[group].members.indexOf(reader)])
const sinceText = (date) => (date ? " since " + date : "")
/** The ways in words. */
function why(reader, secret) {
  const { name } = chart.readers[reader], s = names[secret], { gained = [], lost = [] } = chart.secrets[secret]
  const then = chart.comparedWith
  if (lost.includes(reader)) return name + " could read " + s + " in " + then + " and cannot any more"
  const all = ways(reader, secret)
  if (all.length === 0) return name + " cannot read " + s
  const told = all.map((group) => group === undefined
    ? "by a link of its own" + sinceText(linked(secret, reader))
    : "through " + chart.groups[group].name + sinceText([joined(reader, group), linked(secret, reader, group)].filter(Boolean).sort().at(-1)))
  return name + " reads " + s + " " + told.join(", and ") + (gained.includes(reader) ? "; not in " + then : "")
}
`
