// The defects of clan secrets (docs/clan-contract.md#defects), each with the place where it is shown that this program does not have
// it. A proof fails on the behaviour that it replaces; here it is made sure that there is one for each, and that it is
// still about what it is said to be about.

import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"

/** What clan does, the file that proves otherwise, and a line of it. */
const defects: readonly (readonly [defect: string, file: string, line: string])[] = [
    ["D1: remove .. deletes all of sops/", "d01-names.script", "!2 hostseal remove .."],
    [
        "D2: the only grant is unlinked, and its readers stay",
        "d02-last-grant.script",
        "! hostseal groups remove-secret admins s1",
    ],
    ["D3: who loses access keeps the data key", "d03-revocation.script", "changes wifi"],
    ["D3: in any sequence of commands", "sequences.test.ts", "knows the data key of"],
    [
        "D4: set -e --machine links without encrypting",
        "d04-edit-and-grant.script",
        "hostseal set -e --machine web01 wifi",
    ],
    ["D4: a folder of links without a value is granted", "hostile-files.test.ts", '"a FIFO for a value"'],
    [
        "D5: half a change stays in the tree",
        "d05-all-or-nothing.script",
        "stderr 'error: nothing was changed'",
    ],
    ["D5: after a kill", "crash.test.ts", "killed at any call that changes a file"],
    ["D5: on a full disk", "disk.test.ts", "on a full disk a command is done whole or not at all"],
    [
        "D6: a removed machine stays in its groups",
        "d06-removed-machine.script",
        "! exists sops/groups/web/machines/web01",
    ],
    ["D7: the last user can go", "d07-lock-out.script", "! hostseal users remove alice"],
    [
        "D8: key generate --new joins two keys in one line",
        "d08-key-generate.script",
        "hostseal key generate --new",
    ],
    ["D9: get changes bytes", "d09-bytes.script", "run python3 compare.py"],
    ["D10: import-sops ignores what is not .yaml", "d10-import.script", "secrets.env"],
    ["D11: a message prints private keys", "d11-no-leak.script", "! stderr 'AGE-SECRET'"],
    ["D12: recipients are not looked at", "d11-no-leak.script", "! hostseal users add bob age1abc"],
    [
        "D13: vars per export keep the old keys",
        "d13-vars.script",
        "readers vars/per-export/some-export/gen/file alice bob web02",
    ],
    [
        "D14: commands at the same time fail",
        "d14-concurrency.script",
        "start hostseal users add-secret d wifi",
    ],
    ["D14: files are truncated in place", "disk.test.ts", "a reader never sees half a file"],
    ["D15: random order, executable key files", "d15-same-bytes.script", "stdout '^100644 '"],
    [
        "D15: an order that depends on the way there",
        "sequences.test.ts",
        "In an order that does not depend on the way here",
    ],
    ["D16: tracebacks, paths in lower case", "d16-short-messages.script", "stderr '/Nowhere/At/All'"],
    [
        "D17: a flake in a folder is not committed",
        "d17-subdirectory.script",
        "stdout 'infra/clan/sops/secrets/wifi/secret'",
    ],
    ["D18: temporary files stay", "d18-nothing-left.script", "run rmdir tmp"],
    ["D19: web goes, and takes web-01 along", "d19-other-machines.script", "hostseal machines remove web"],
    ["D20: a process for every secret", "d20-processes.script", "run python3 count.py same"],
    [
        "names of imported keys, the new name of rename",
        "d01-names.script",
        "!2 hostseal rename wifi ../../escaped",
    ],
    ["a trailing newline in a name", "d01-names.script", "!2 hostseal set 'two\\nlines'"],
    [
        "a link of one's own where a group gives access",
        "d02-last-grant.script",
        "! exists sops/secrets/s1/users/alice",
    ],
    ["to overwrite a value is to be let in", "small-defects.script", "! exists sops/secrets/wifi/users/bob"],
    ["several lines cannot be pasted", "terminal/prompt.test.ts", "says how many lines were pasted"],
    ["-e without a change leaves a link behind", "d04-edit-and-grant.script", "! exists sops/secrets/new"],
    ["get of an unknown user is a traceback", "d16-short-messages.script", "! hostseal users get NoBody1"],
    ["add-key leaves an empty folder behind", "d16-short-messages.script", "! exists sops/users/bob"],
    ["a hint names the user where the secret is meant", "small-defects.script", "! stderr 'remove alice'"],
    [
        "keys of machines cannot be changed",
        "small-defects.script",
        "hostseal machines remove-key web01 $web01",
    ],
    ["help texts of other commands", "small-defects.script", "hostseal machines remove-secret --help"],
    ["variables of sops change recipients", "small-defects.script", "env SOPS_AGE_RECIPIENTS=$eve"],
    [
        "plugins are not asked by every command",
        "change/sealing/targets.test.ts",
        "seals to recipients of every kind",
    ],
]

test.each(defects)("%s: %s", (_defect, file, line) => {
    const path = join(import.meta.dirname, file)
    expect(existsSync(path), `there is no ${file}`).toBe(true)
    expect(readFileSync(path, "utf8")).toContain(line)
})

test("none of the twenty is missing", () => {
    const numbers = new Set(
        defects.map(([defect]) => /^D(\d+)/u.exec(defect)?.[1]).filter((each) => each !== undefined),
    )
    expect(numbers.size).toBe(20)
})
