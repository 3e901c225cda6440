/** How the access map looks: quiet paper, three colours that mean something, and room for names. */
export const style = `
:root { color-scheme: light dark; --ink: #1b2230; --soft: #667085; --line: #dfe4ec; --paper: #fff; --raised: #f7f8fb; --hot: #3b82f61f; --direct: #0f766e; --group: #6d4bd8; --gain: #15803d; --loss: #b42318; --warn: #9a5b00; --focus: #2563eb }
@media (prefers-color-scheme: dark) { :root { --ink: #e7eaf0; --soft: #98a2b3; --line: #2c3545; --paper: #11151d; --raised: #181e29; --hot: #60a5fa26; --direct: #2dd4bf; --group: #b9a5ff; --gain: #4ade80; --loss: #f97066; --warn: #f5b04c; --focus: #7cb1ff } }
* { box-sizing: border-box }
[hidden] { display: none !important }
body { margin: 0; height: 100vh; height: 100dvh; display: grid; grid-template: auto 1fr auto / 1fr; font: 14px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
body.with-panel { grid-template-columns: 1fr min(24rem, 40vw) }
header, footer { grid-column: 1 / -1 }
header { padding: 14px 20px 12px; border-bottom: 1px solid var(--line) }
h1 { margin: 0; font-size: 18px; font-weight: 650 } h1 span { margin-left: .5em; font-weight: 400; color: var(--soft) }
h2 { margin: 0; font-size: 16px; overflow-wrap: anywhere } h3 { margin: 18px 0 4px; font-size: 12px; font-weight: 600; color: var(--soft) }
p { margin: 2px 0 } .soft, #summary, footer { color: var(--soft) }
#title { display: flex; flex-wrap: wrap; gap: 0 16px; align-items: baseline; justify-content: space-between }
form { display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; margin-top: 10px }
form label { display: flex; gap: 5px; align-items: center; color: var(--soft); white-space: nowrap }
#ask { flex: 1 1 22em; min-width: 0; max-width: 44em; padding: 7px 11px; font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: 8px }
select { padding: 4px 6px; font: inherit; color: var(--ink); background: var(--raised); border: 1px solid var(--line); border-radius: 6px }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px }
#answer { display: block; min-height: 1.5em; margin-top: 8px; overflow-wrap: anywhere }
#marked { display: flex; flex-wrap: wrap; gap: 6px }
.chip { padding: 0 8px; font: inherit; color: inherit; text-align: left; overflow-wrap: anywhere; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; cursor: pointer } .chip:hover { border-color: var(--focus) }
.owed, .unbound { color: var(--warn) } .wrong, .lost { color: var(--loss) } .gained { color: var(--gain) } .direct { color: var(--direct) } .group { color: var(--group) }
main { position: relative; min-width: 0; min-height: 0 }
#matrix { position: absolute; inset: 0; overflow: auto }
#grid { position: relative; min-width: 100%; outline: none }
#head { position: sticky; top: 0; z-index: 3; background: var(--paper); border-bottom: 1px solid var(--line) }
#rows { position: relative }
.corner { position: sticky; left: 0; z-index: 2; width: var(--name); height: 100%; padding: 6px 8px 6px 20px; display: flex; align-items: flex-end; color: var(--soft); background: var(--paper); border-right: 1px solid var(--line) }
.band { position: absolute; top: 5px; height: 22px; padding: 0 6px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; font-size: 12px; color: var(--soft); border-bottom: 2px solid var(--line) }
.band.of-group { color: var(--group); border-color: var(--group) } .band button { max-width: 100%; padding: 0; overflow: hidden; text-overflow: ellipsis; font: inherit; color: inherit; background: none; border: 0; cursor: pointer }
.label { position: absolute; top: var(--band); bottom: 4px; cursor: pointer } .label span { position: absolute; bottom: 0; left: calc(50% - 11px); max-width: calc(var(--head) - 8px); overflow: hidden; white-space: nowrap; text-overflow: ellipsis; writing-mode: vertical-rl; transform: rotate(180deg); max-height: calc(var(--head) - 8px) }
.label.machine { font-style: italic } .label.group { font-weight: 600 }
.row { position: absolute; left: 0; width: 100%; height: var(--row) } .row.odd { background: var(--raised) }
.name { position: sticky; left: 0; z-index: 1; display: flex; gap: 6px; align-items: center; width: var(--name); height: 100%; padding: 0 8px 0 20px; font: 13px/1 ui-monospace, monospace; background: inherit; border-right: 1px solid var(--line); cursor: pointer }
.row:not(.odd) > .name { background: var(--paper) } .inside > .name { padding-left: 40px }
.name .text { flex: 0 1 auto; overflow: hidden; white-space: nowrap; text-overflow: ellipsis } .name small { color: var(--soft) } .name.then { text-decoration: line-through } .name.now { color: var(--gain) }
.fold { margin-left: -16px; width: 10px; color: var(--soft) }
i { padding: 1px 5px; font: 11px/1.3 system-ui, sans-serif; border: 1px solid currentColor; border-radius: 5px }
.cell { position: absolute; top: 0; height: 100%; display: grid; place-items: center; cursor: pointer } .cell.same { color: var(--soft) } .cell.gained, .cell.lost { font-weight: 700 }
.active { outline: 2px solid var(--focus); outline-offset: -2px; border-radius: 3px } #grid:not(:focus) .active { outline-color: var(--line) }
.bar { position: absolute; z-index: 2; background: var(--hot); pointer-events: none } #across { left: 0; right: 0; height: var(--row) } #down { top: 0; bottom: 0 }
#nothing { position: sticky; left: 0; width: min(100vw, 40em); padding: 32px 20px; color: var(--soft) }
#panel { position: relative; overflow: auto; padding: 16px 20px; background: var(--raised); border-left: 1px solid var(--line) }
#close { position: sticky; top: 0; float: right; width: 28px; height: 28px; font: 18px/1 system-ui; color: var(--soft); background: none; border: 0; border-radius: 6px; cursor: pointer }
#panel ul { margin: 0; padding: 0; list-style: none } #panel li { margin: 3px 0; overflow-wrap: anywhere } #panel small { color: var(--soft) } #panel code { font: 12px/1.4 ui-monospace, monospace; overflow-wrap: anywhere }
footer { padding: 6px 20px 8px; font-size: 12px; border-top: 1px solid var(--line) } #why { display: block; min-height: 1.5em; font-size: 14px; color: var(--ink); overflow: hidden; white-space: nowrap; text-overflow: ellipsis }
.legend b { margin-left: .8em } .legend b:first-child { margin-left: 0 } kbd { padding: 0 4px; font: 11px ui-monospace, monospace; border: 1px solid var(--line); border-radius: 4px }
#paper { display: none }
@media (max-width: 40em) {
  header { padding: 10px 12px } h1 { font-size: 16px } h1 span, .keys, #summary { display: none } form { gap: 6px 10px; margin-top: 6px } #ask { flex-basis: 100%; font-size: 16px }
  .corner, .name { padding-left: 12px } .name:has(.fold) { padding-left: 20px } footer { padding: 4px 12px }
  body.with-panel { grid-template: auto 1fr 45dvh auto / 1fr } #panel { border-left: 0; border-top: 1px solid var(--line); padding: 12px } footer { grid-row: -1 }
  #why { white-space: normal } .with-panel :is(#answer, #marked, form label, footer) { display: none }
}
@media (max-height: 30em) { h1, #summary, .keys, #answer { display: none } header { padding: 6px 12px } form { margin: 0 } }
@media print {
  body { display: block; height: auto } form, main, #panel, footer .legend, .keys, #why { display: none } #paper { display: block; padding: 0 20px } #paper section { break-inside: avoid; border-top: 1px solid var(--line); padding: 6px 0 } #paper h3 { margin: 0; color: var(--ink); font: 600 13px ui-monospace, monospace; overflow-wrap: anywhere }
}
@media (prefers-reduced-motion: no-preference) { #matrix { scroll-behavior: auto } }
`
