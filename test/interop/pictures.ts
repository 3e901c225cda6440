// npm run docs:pictures: what README shows of the access map, drawn by a real browser from a repository of made-up names.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { graphPage } from "../../agent/admin/graph/page.ts"
import { root } from "../../agent/build/build.ts"
import { chartOf } from "../../agent/repo/map/chart.ts"
import type { Grants, Repo } from "../../agent/repo/repo.ts"
import { Browser } from "./browser.ts"

const key = [{ publickey: "age1…", type: "age" as const }]
const names = (text: string): ReadonlySet<string> => new Set(text.split(" ").filter((name) => name !== ""))
const to = (users: string, machines: string, groups: string): Grants => ({
    users: names(users),
    machines: names(machines),
    groups: names(groups),
})
const repo: Repo = {
    users: new Map(["alice", "bob", "carol", "dave"].map((name) => [name, key])),
    machines: new Map(["db1", "db2", "mail", "web1", "web2", "web10"].map((name) => [name, key])),
    groups: new Map([
        ["admins", { users: names("alice bob"), machines: names("") }],
        ["databases", { users: names("carol"), machines: names("db1 db2") }],
        ["web", { users: names(""), machines: names("web1 web2 web10") }],
    ]),
    secrets: new Map([
        ["sops/secrets/backup.key", to("", "", "admins databases")],
        ["sops/secrets/db.password", to("", "", "admins databases web")],
        ["sops/secrets/db.replication", to("", "", "admins databases")],
        ["sops/secrets/github.token", to("dave", "", "admins")],
        ["sops/secrets/mail.dkim", to("", "mail", "admins")],
        ["sops/secrets/vpn.psk", to("dave", "", "admins web")],
        ["sops/secrets/web.session", to("", "", "admins web")],
        ["sops/secrets/web.tls-key", to("", "mail", "admins web")],
        ["sops/secrets/wifi", to("dave carol", "", "admins")],
    ]),
}
const made = new Map([
    ["sops/secrets/db.password/groups/web", "2026-03-09T00:00:00Z"],
    ["sops/groups/web/machines/web1", "2026-01-12T00:00:00Z"],
])
const marks = new Map([
    [
        "sops/secrets/vpn.psk",
        [{ kind: "owed" as const, text: "user erin could read its value until 12 days ago" }],
    ],
])

const folder = mkdtempSync(join(tmpdir(), "hostseal-pictures-"))
try {
    const page = join(folder, "map.html")
    writeFileSync(
        page,
        graphPage(chartOf(repo, { made, marks }), { title: "infra", taken: "2026-06-01 12:00 UTC" }),
    )
    await using browser = await Browser.open(`file://${page}`, 1180, 560)
    const web1 =
        "columns.findIndex(({ reader }) => reader !== undefined && chart.readers[reader].name === 'web1')"
    await browser.value(`goTo(1, ${web1}); select(1, ${web1})`)
    mkdirSync(join(root, "docs/pictures"), { recursive: true })
    writeFileSync(join(root, "docs/pictures/access-map.png"), await browser.picture())
} finally {
    rmSync(folder, { recursive: true })
}
