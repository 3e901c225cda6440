// What other generators of secrets do (docs/vars.md#differences-from-other-generators), each with the place where it is shown that this program
// does not. A proof fails on the behaviour that it replaces; here it is made sure that there is one for each line of the
// page, and that it is still about what it is said to be about.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { root } from "../../../agent/build/build.ts"

const scripts = "test/admin/generate/script/run-script.test.ts"
const atTerminal = "test/admin/generate/at-terminal.test.ts"
const [generate, judged] = ["test/admin/generate.script", "test/admin/generators-judged.script"]

/** The beginning of the line of the page, the file that proves otherwise, and what stands in it. */
const defects: readonly (readonly [defect: string, file: string, text: string])[] = [
    [
        "the answer for one machine is stored for another",
        atTerminal,
        "each machine has the answers that were given",
    ],
    ["a link that a script leaves", "test/admin/generate-scripts.script", `made "pub", and it is a link`],
    ["a script gets the environment", scripts, "nothing of the environment is there"],
    ["a script sees the processes", scripts, "processes of others are not there"],
    ["what a script prints is shown", scripts, "shows what it said without what is known"],
    ["plaintext lies on a disk", scripts, "no file of the machine holds any of it"],
    ["a failure leaves what was made before it", "test/admin/crash.test.ts", "values of generators"],
    ["what a script writes and does not declare", scripts, "what nobody declared is named"],
    ["answers are lost", atTerminal, "after a failure one may try again with the same answers"],
    ["naming a generator replaces", generate, "hostseal generate --manifest manifest.json --only ca"],
    [
        "a changed input, script or declaration",
        "test/admin/rotate.script",
        "declared differently when it was made",
    ],
    ["keys that edit a line", "test/admin/terminal/prompt.test.ts", "a line that is shown is edited"],
    ["a script that hangs", scripts, "is stopped when it hangs"],
    [
        "generators that need each other",
        "test/repo/generators/placed.test.ts",
        "generators depend on each other",
    ],
    ["one file of inputs decides", "test/admin/generate/manifest.test.ts", "exports"],
    ["all machines are evaluated for one", "test/repo/generators/waiting.test.ts", "waits"],
    ["a commit for each generator", generate, "vars: generate 10 values"],
    ["nobody knows how old a value is", "test/admin/rotate.script", "days old, and 90 at most"],
    ["values that nobody declares stay", judged, "cannot ask without a terminal: Remove 2 values"],
    ["answers can be given at a terminal alone", generate, "--answers answers.json"],
    ["a check speaks of an attack", judged, "! stdout 'malicious|were added'"],
    ["a value that a person enters", generate, "by hand, hostseal set"],
    ["a password in a public file", generate, "is public and holds"],
    [
        "a generator that fails leaves a file",
        "test/admin/generate-scripts.script",
        "! exists vars/per-machine/web01/second",
    ],
    ["the time of a file", generate, "-exec touch"],
    ["nothing is generated without user namespaces", scripts, "where bubblewrap is missing, nothing runs"],
    ["nothing can be checked without private keys", judged, "as nobody"],
]

test.each(defects)("%s: %s", (_defect, file, text) => {
    expect(readFileSync(join(root, file), "utf8")).toContain(text)
})

test("every line of the page has a proof, and every proof a line", () => {
    const page =
        readFileSync(join(root, "docs/vars.md"), "utf8").split("## Differences from other generators")[1] ??
        ""
    const lines = [...page.matchAll(/^\| ([^|]+) \| [^|]+ \|$/gmu)].flatMap(([, line]) => line ?? [])
    const seen = lines.filter((line) => line !== "seen elsewhere" && !/^-+$/u.test(line))
    expect(seen.map((line) => defects.filter(([begin]) => line.startsWith(begin)).length)).toEqual(
        seen.map(() => 1),
    )
    expect(seen).toHaveLength(defects.length)
})
