// The access map page in a real browser: what a person sees, not what the markup says. Debian's package `chromium`.

import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { graphPage } from "../../agent/admin/graph/page.ts"
import { serveGraph } from "../../agent/admin/graph/serve.ts"
import { chartOf } from "../../agent/repo/map/chart.ts"
import type { ChartFacts } from "../../agent/repo/map/chart.ts"
import type { Grants, Repo } from "../../agent/repo/repo.ts"
import { Browser } from "./browser.ts"

const age = [{ publickey: "age1…", type: "age" as const }]
const none: ReadonlySet<string> = new Set()
const hostile = `</script><script>document.title="owned"</script>`
const grants = (users: string[], machines: string[], groups: string[]): Grants => ({
    users: new Set(users),
    machines: new Set(machines),
    groups: new Set(groups),
})
const repo: Repo = {
    users: new Map(["alice", "bob", "carol"].map((name) => [name, age])),
    machines: new Map(["web1", "web10", "web2"].map((name) => [name, age])),
    groups: new Map([
        ["admins", { users: new Set(["alice", "bob"]), machines: none }],
        ["web", { users: none, machines: new Set(["web1", "web10", "web2"]) }],
    ]),
    secrets: new Map([
        ["sops/secrets/wifi", grants(["alice"], ["web1"], ["admins"])],
        ["sops/secrets/vpn", grants([], [], ["admins"])],
        [`sops/secrets/${hostile}`, grants(["bob"], [], [])],
        ["sops/secrets/web.token", grants([], [], ["admins", "web"])],
        ["vars/shared/ca/key", grants([], ["web1"], [])],
    ]),
}

let folder = ""
beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hostseal-page-"))
})
afterAll(() => rm(folder, { recursive: true }))

let pages = 0
async function open(
    {
        map = repo,
        facts = {},
        width = 1280,
        height = 800,
    }: { map?: Repo; facts?: ChartFacts; width?: number; height?: number } = {},
    hash = "",
): Promise<Browser> {
    const file = join(folder, `map-${pages++}.html`)
    await writeFile(file, graphPage(chartOf(map, facts), { title: "example", taken: "2026-01-01" }))
    return Browser.open(`file://${file}${hash}`, width, height)
}

/** Rows as they stand on the screen: a name, and behind it what is in which column. */
const drawnRows = `[...document.querySelectorAll("#rows .row")]
    .sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top))
    .map((row) => row.querySelector(".text").textContent + ": " + [...row.querySelectorAll(".cell")]
        .map((cell) => document.querySelector('.label[data-column="' + cell.dataset.column + '"] span').textContent + cell.textContent).join(" "))`
const text = (id: string): string => `document.getElementById("${id}").textContent`

test("draws a row for each secret, a column for each reader below their groups, numbers in order", async () => {
    await using page = await open()
    expect(await page.value(drawnRows)).toEqual([
        `${hostile}: bob●`,
        "vars/shared/ca/key: web1●",
        "vpn: alice◆ bob◆ alice◆ bob◆",
        "web.token: alice◆ bob◆ web1◆ alice◆ bob◆ web1◆ web2◆ web10◆",
        "wifi: alice● bob◆ web1● alice◆ bob◆",
    ])
    expect(await page.value(text("summary"))).toBe("5 secrets, 3 users, 3 machines, 2 groups")
    expect(
        await page.value(`[...document.querySelectorAll(".band")].map((band) => band.textContent)`),
    ).toEqual(["by name", "▾ admins", "▾ web"])
}, 60_000)

test("a name from the repository cannot become markup", async () => {
    await using page = await open()
    expect(await page.value("document.title")).toBe("example: who can read what")
    expect(await page.value("document.scripts.length")).toBe(2)
}, 60_000)

describe("questions", () => {
    const questions = [
        ["who can read web.token?", "5 readers of web.token: alice, bob, web1, web10, web2", ["web.token"]],
        [
            "what does bob read",
            "bob reads 4 of 5 secrets: 1 by a link of its own, 3 through admins",
            [hostile, "vpn", "web.token", "wifi"],
        ],
        ["why can alice read wifi?", "alice reads wifi by a link of its own, and through admins", ["wifi"]],
        ["can carol read vpn", "carol cannot read vpn", []],
        ["what does group web open", "web opens 1 secret for 3 members: web1, web10, web2", ["web.token"]],
        ["w*i", "3 readers of wifi: alice, bob, web1", ["wifi"]],
        ["web2", "web2 reads 1 of 5 secrets: 0 by a link of its own, 1 through web", ["web.token"]],
        ["user:alice wifi", "alice reads 1 of 5 secrets: 1 by a link of its own, 0 through admins", ["wifi"]],
        ["nosuch", "0 of 5 secrets, 6 readers", []],
    ] as const
    test("are names, patterns and plain English, and have an answer each", async () => {
        await using page = await open()
        const names = `[...document.querySelectorAll("#rows .row")].sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top)).map((row) => row.querySelector(".text").textContent)`
        for (const [question, answer, rows] of questions) {
            await page.value(`document.getElementById("grid").focus()`)
            await page.press("/")
            await page.value(`document.getElementById("ask").select()`)
            await page.type(question)
            expect(await page.value(text("answer")), question).toBe(answer)
            expect(await page.value(names), question).toEqual(rows)
            expect(await page.value(`document.getElementById("nothing").hidden`), question).toBe(
                rows.length > 0,
            )
            expect(await page.value("new URLSearchParams(location.hash.slice(1)).get('ask')")).toBe(question)
        }
    }, 60_000)

    test("a bookmark asks again", async () => {
        await using page = await open({}, "#ask=who%20reads%20vpn&machines=no")
        expect(await page.value(text("answer"))).toBe("2 readers of vpn: alice, bob")
        expect(await page.value(`document.querySelectorAll(".label.machine").length`)).toBe(0)
    }, 60_000)
})

test("arrow keys go from cell to cell and say who reads what; Enter says why, and what takes it away", async () => {
    const made = new Map([
        ["sops/groups/admins/users/alice", "2026-02-01T00:00:00Z"],
        ["sops/secrets/vpn/groups/admins", "2026-03-01T00:00:00Z"],
    ])
    await using page = await open({ facts: { made } }, "#ask=&open=")
    await page.value(`document.getElementById("grid").focus()`)
    await page.press("ArrowDown", 2)
    expect(await page.value(text("why"))).toBe("vpn: 2 readers")
    await page.press("ArrowRight")
    expect(await page.value(text("why"))).toBe("alice reads vpn through admins since 2026-03-01")
    const active = `document.getElementById(document.getElementById("grid").getAttribute("aria-activedescendant"))`
    expect(await page.value(`${active}.getAttribute("aria-label")`)).toBe(await page.value(text("why")))
    expect(await page.value(`${active}.getAttribute("role")`)).toBe("gridcell")
    await page.press("Enter")
    const about = String(await page.value(`document.getElementById("about").innerText`))
    expect(about).toContain("Why alice reads vpn")
    expect(about).toContain("since 2026-02-01")
    expect(about).toContain("hostseal groups remove-user admins alice")
    await page.press("Escape")
    expect(await page.value(`document.getElementById("panel").hidden`)).toBe(true)
    expect(await page.value("document.activeElement.id")).toBe("grid")
    // Up to the heads of columns, and along them to a group, which a space unfolds.
    await page.press("ArrowUp", 3)
    await page.press("ArrowRight", 9)
    expect(await page.value(text("why"))).toBe("group web")
    const columns = "document.querySelectorAll('.label').length"
    const before = Number(await page.value(columns))
    await page.press(" ")
    expect(await page.value(columns)).toBe(before + 2)
}, 60_000)

test("secrets with the same readers are one row, until somebody unfolds it", async () => {
    const map: Repo = {
        ...repo,
        secrets: new Map([
            ["sops/secrets/db.one", grants([], [], ["admins"])],
            ["sops/secrets/db.two", grants([], [], ["admins"])],
            ["sops/secrets/other", grants(["carol"], [], [])],
        ]),
    }
    await using page = await open({ map }, "#fold=yes")
    const names = `[...document.querySelectorAll("#rows .name")].map((name) => name.textContent)`
    expect(await page.value(names)).toEqual(["▸db.*2", "other"])
    await page.value(`document.getElementById("grid").focus()`)
    await page.press(" ")
    expect(await page.value(names)).toEqual(["▾db.*2", "db.one", "db.two", "other"])
    await page.press("Enter")
    expect(await page.value(`document.getElementById("about").innerText`)).toContain(
        "2 secrets with the same readers",
    )
}, 60_000)

test("what is to be done is marked, counted, and found", async () => {
    const marks: ChartFacts["marks"] = new Map([
        ["sops/secrets/vpn", [{ kind: "owed", text: "user carol could read its value until 3 days ago" }]],
        ["sops/secrets/wifi", [{ kind: "wrong", text: "is not encrypted for machine web1" }]],
    ])
    await using page = await open({ facts: { marks } })
    expect(await page.value(text("marked"))).toBe("1 owed1 wrong")
    await page.value(`document.querySelector("#marked .owed").click()`)
    expect(await page.value(drawnRows)).toHaveLength(1)
    await page.value("select(0)")
    expect(await page.value(`document.getElementById("about").innerText`)).toContain(
        "user carol could read its value until 3 days ago",
    )
}, 60_000)

test("compared with an earlier state, it says who gained and who lost", async () => {
    const earlier: Repo = {
        ...repo,
        secrets: new Map([
            ...repo.secrets,
            ["sops/secrets/vpn", grants(["carol"], [], [])],
            ["sops/secrets/old", grants(["bob"], [], [])],
        ]),
    }
    await using page = await open(
        { facts: { before: { repo: earlier, name: "v1.0" } } },
        "#ask=is:changed&open=",
    )
    const rows = await page.value(drawnRows)
    expect(rows).toHaveLength(2)
    expect(rows).toEqual([
        expect.stringMatching(/^old: bob−/u),
        expect.stringMatching(/^vpn: alice\+ bob\+ carol−/u),
    ])
    await page.value("select(1)")
    expect(await page.value(`document.getElementById("about").innerText`)).toContain("Since v1.0")
    await page.value("query('why can carol read vpn')")
    expect(await page.value(text("answer"))).toBe("carol could read vpn in v1.0 and cannot any more")
}, 60_000)

const long = "vars/per-machine/web1/some-generator-of-certificates/private-key-of-the-authority"
const large: Repo = {
    users: new Map(Array.from({ length: 500 }, (_, index) => [`user-${index}`, age])),
    machines: new Map(Array.from({ length: 500 }, (_, index) => [`host-${index}`, age])),
    groups: new Map([["everybody", { users: new Set(["user-1", "user-2"]), machines: none }]]),
    secrets: new Map([
        ...Array.from({ length: 10_000 }, (_, index): [string, Grants] => [
            `sops/secrets/service-${index}`,
            grants([`user-${index % 500}`], [`host-${(index * 7) % 500}`], ["everybody"]),
        ]),
        [long, grants(["user-499"], [], [])],
    ]),
}

test("ten thousand secrets of a thousand readers are drawn as far as they are seen, and all can be reached", async () => {
    await using page = await open({ map: large }, "#fold=no")
    const nodes = "document.querySelectorAll('#grid *').length"
    expect(await page.value("document.getElementById('grid').getAttribute('aria-rowcount')")).toBe("10002")
    expect(Number(await page.value(nodes))).toBeLessThan(1500)
    await page.value("goTo(rows.length - 1, columns.length - 1)")
    expect(Number(await page.value(nodes))).toBeLessThan(1500)
    await page.value("goTo(rows.length - 2, 3)")
    expect(await page.value(text("why"))).toBe("")
    await page.press("End")
    await page.value("query('service-9999')")
    expect(await page.value(text("answer"))).toBe(
        "4 readers of service-9999: user-1, user-2, user-499, host-493",
    )
}, 60_000)

test("paper has all of it", async () => {
    await using page = await open()
    await page.emulate({ media: "print" })
    await page.value("dispatchEvent(new Event('beforeprint'))")
    const paper = String(await page.value(`document.getElementById("paper").innerText`))
    for (const path of repo.secrets.keys()) expect(paper).toContain(path.replace("sops/secrets/", ""))
    expect(paper).toContain("alice (by name, admins)")
    expect(await page.value(`getComputedStyle(document.querySelector("main")).display`)).toBe("none")
}, 60_000)

test("a page that is served shows what has changed", async () => {
    let map = repo
    const served = await serveGraph({
        title: "example",
        chart: () => Promise.resolve(chartOf(map)),
        taken: () => "now",
        port: 0,
    })
    try {
        await using page = await Browser.open(served.url, 1280, 800)
        await page.value("query('who reads vpn')")
        expect(await page.value(text("answer"))).toBe("2 readers of vpn: alice, bob")
        map = {
            ...repo,
            secrets: new Map([...repo.secrets, ["sops/secrets/vpn", grants(["carol"], [], [])]]),
        }
        await page.until(`${text("answer")} === "1 reader of vpn: carol"`)
    } finally {
        served.close()
    }
}, 60_000)

for (const [what, width, height] of [
    ["a desktop", 1280, 800],
    ["a phone", 390, 844],
    ["a phone on its side", 844, 390],
] as const) {
    test(`names of any length can be read, and cells be tapped, on ${what}`, async () => {
        await using page = await open({ map: large, width, height }, "#fold=no")
        expect(await page.value("document.documentElement.scrollWidth <= innerWidth")).toBe(true)
        // Cells that nothing covers, below the head and beside the names.
        const seen = `[...document.querySelectorAll(".cell, .name")].filter((cell) => {
            const { x, y, width, height } = cell.getBoundingClientRect()
            return cell.contains(document.elementFromPoint(x + width / 2, y + height / 2))
        })`
        expect(Number(await page.value(`${seen}.length`))).toBeGreaterThan(3)
        await page.value("query('private-key')")
        const at = async (side: "x" | "y"): Promise<number> =>
            Number(
                await page.value(
                    `${seen}.find((cell) => cell.classList.contains("name")).getBoundingClientRect().${side}`,
                ),
            ) + 12
        await page.click(await at("x"), await at("y"))
        expect(await page.value(`document.getElementById("about").innerText`)).toContain(long)
        expect(await page.value("document.documentElement.scrollWidth <= innerWidth")).toBe(true)
    }, 60_000)
}
