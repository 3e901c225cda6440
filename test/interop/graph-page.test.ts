// The access map page in a real browser: what a person sees, not what the markup says. Debian's package `chromium`.

import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, test } from "vitest"
import { graphPage } from "../../agent/admin/graph-page.ts"
import { accessMap } from "../../agent/repo/graph.ts"
import type { Repo } from "../../agent/repo/repo.ts"

const age = [{ publickey: "age1…", type: "age" as const }]
const none: ReadonlySet<string> = new Set()
const hostile = `</script><script>document.title="owned"</script>`
const repo: Repo = {
    users: new Map([
        ["alice", age],
        ["bob", age],
    ]),
    machines: new Map([["web01", age]]),
    groups: new Map([["admins", { users: new Set(["alice", "bob"]), machines: none }]]),
    secrets: new Map([
        [
            "sops/secrets/wifi",
            { users: new Set(["alice"]), machines: new Set(["web01"]), groups: new Set(["admins"]) },
        ],
        ["sops/secrets/vpn", { users: none, machines: none, groups: new Set(["admins"]) }],
        [`sops/secrets/${hostile}`, { users: new Set(["bob"]), machines: none, groups: none }],
        ["vars/shared/ca/key", { users: none, machines: new Set(["web01"]), groups: none }],
    ]),
}

const browser = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
]
let folder = ""

beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hostseal-page-"))
    await writeFile(join(folder, "map.html"), graphPage(accessMap(repo), "example", "2026-01-01"))
})
afterAll(() => rm(folder, { recursive: true }))

/** The page after its script ran: the rows of the table as lists of cell texts, the first one the head. */
async function drawn(filter = ""): Promise<{ rows: string[][]; dom: string }> {
    const { stdout: dom } = await promisify(execFile)(
        "chromium",
        [
            ...browser,
            `--user-data-dir=${join(folder, "profile")}`,
            "--dump-dom",
            `file://${folder}/map.html#${filter}`,
        ],
        { maxBuffer: 16 * 1024 * 1024 },
    )
    const table = /<table.*<\/table>/su.exec(dom)?.[0] ?? ""
    const rows = [...table.matchAll(/<tr>(.*?)<\/tr>/gsu)].map(([, row = ""]) =>
        [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gsu)].map(([, cell = ""]) =>
            cell.replaceAll(/<[^>]*>/gu, ""),
        ),
    )
    return { rows, dom }
}

test("draws a row for each secret and says how each reader comes to it", async () => {
    const { rows, dom } = await drawn()
    expect(rows).toEqual([
        ["secret", "alice user", "bob user", "web01 machine"],
        [hostile.replaceAll("<", "&lt;").replaceAll(">", "&gt;"), "", "●", ""],
        ["vpn", "◆", "◆", ""],
        ["wifi", "●", "◆", "●"],
        ["vars/shared/ca/key", "", "", "●"],
    ])
    expect(dom).toContain("4 secrets, 2 users, 1 machine, 1 group")
    expect(dom).toContain('aria-label="alice reads wifi by a link of its own, and through admins"')
})

test("a name from the repository cannot become markup", async () => {
    const { dom } = await drawn()
    expect(dom).toContain("<title>example: who can read what</title>")
})

test("filters by secret and by reader, whose group counts as a name of theirs", async () => {
    expect((await drawn("secret=WIF")).rows.map(([name]) => name)).toEqual(["secret", "wifi"])
    const { rows } = await drawn("reader=admins&vars=no")
    expect(rows[0]).toEqual(["secret", "alice user", "bob user"])
    expect(rows.map(([name]) => name)).not.toContain("vars/shared/ca/key")
})

test("says so when nothing matches", async () => {
    const { rows, dom } = await drawn("secret=nosuch")
    expect(rows).toHaveLength(1)
    expect(dom).toContain('<p id="nothing">')
    expect(dom).toContain("0 of 4 secrets")
})
