// The access map page in a real browser: what a person sees, not what the markup says. Debian's package `chromium`.

import { execFile } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, expect, test } from "vitest"
import { graphPage } from "../../agent/admin/graph/page.ts"
import { accessMap } from "../../agent/repo/graph.ts"
import type { Grants, Repo } from "../../agent/repo/repo.ts"
import { Browser } from "./browser.ts"

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

const long = "vars/per-machine/web01/some-generator-of-certificates/private-key-of-the-authority"

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

/** What a person at this window can do. */
async function window(width: number, height: number, map = repo): Promise<Browser> {
    const file = join(folder, `map-${width}.html`)
    await writeFile(file, graphPage(accessMap(map), "example", "2026-01-01"))
    return Browser.open(`file://${file}`, width, height)
}

test("typing filters at once, with the keyboard alone", async () => {
    await using page = await window(1280, 800)
    await page.press("Tab")
    await page.type("wif")
    expect(await page.value("document.querySelector('tbody').innerText.trim().split(/\\s/)[0]")).toBe("wifi")
    expect(await page.value("document.getElementById('count').textContent")).toContain("1 of 4 secrets")
    await page.press("Tab")
    await page.type("web")
    expect(await page.value("document.querySelectorAll('thead th').length")).toBe(2)
    expect(await page.value("location.hash")).toBe("#secret=wif&reader=web")
}, 60_000)

test("arrow keys go from cell to cell, and say who reads what through which group", async () => {
    await using page = await window(1280, 800)
    const told = async (): Promise<unknown> => page.value("document.getElementById('why').textContent")
    // Two fields, three boxes, the matrix itself, its first cell.
    await page.press("Tab", 7)
    expect(await told()).toContain("bob reads </script>")
    await page.press("ArrowDown")
    expect(await told()).toBe("bob reads vpn through admins")
    await page.press("ArrowLeft")
    expect(await told()).toBe("alice reads vpn through admins")
    await page.press("ArrowDown")
    expect(await told()).toBe("alice reads wifi by a link of its own, and through admins")
    await page.press("ArrowRight", 3)
    expect(await told()).toBe("web01 reads wifi by a link of its own")
    await page.press("ArrowDown", 3)
    expect(await told()).toBe("web01 reads vars/shared/ca/key by a link of its own")
    // One cell is in the order of Tab, not every one.
    expect(await page.value("document.querySelectorAll('td[tabindex=\"0\"]').length")).toBe(1)
}, 60_000)

const many: Repo = {
    ...repo,
    users: new Map([...repo.users, ["somebody-with-a-long-name", age]]),
    secrets: new Map([
        ...Array.from({ length: 300 }, (_each, index): [string, Grants] => [
            `sops/secrets/service-${index}-database-password`,
            { users: new Set(["alice", "somebody-with-a-long-name"]), machines: none, groups: none },
        ]),
        [long, { users: none, machines: new Set(["web01"]), groups: new Set(["admins"]) }],
    ]),
}

for (const [what, width, height] of [
    ["a desktop", 1280, 800],
    ["a phone", 390, 844],
    ["a phone on its side", 844, 390],
] as const) {
    test(`300 secrets, and names of any length, can be read on ${what}`, async () => {
        await using page = await window(width, height, many)
        await page.value("document.querySelector('main').scrollIntoView({ block: 'end' })")
        // Cells that nothing covers, and the names of their rows and columns.
        const seen = `[...document.querySelectorAll("td.direct, td.group")].filter((td) => {
            const { x, y, width, height } = td.getBoundingClientRect()
            return document.elementFromPoint(x + width / 2, y + height / 2) === td
        })`
        expect(await page.value(`${seen}.length`)).toBeGreaterThan(2)
        expect(await page.value("document.documentElement.scrollWidth <= innerWidth")).toBe(true)
        await page.value(`(document.getElementById("secret").value = "private-key", draw())`)
        expect(await page.value(`${seen}.length`)).toBeGreaterThan(0)
        const at = async (side: "x" | "y"): Promise<number> =>
            Number(await page.value(`${seen}[0].getBoundingClientRect().${side}`)) + 5
        await page.click(await at("x"), await at("y"))
        expect(await page.value("document.getElementById('why').textContent")).toBe(
            `alice reads ${long} through admins`,
        )
        expect(await page.value("document.activeElement.tagName")).toBe("TD")
    }, 60_000)
}
