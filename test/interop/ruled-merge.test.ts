// The drivers of git under a `.sops.yaml`: git itself asks for diffs and merges, and the real sops opens what comes of them.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { parseDocument } from "../../agent/sops/document.ts"
import { formatOf } from "../../agent/sops/format.ts"
import { judge } from "../../agent/sops/binding.ts"
import { parseIdentity } from "../../agent/age/identity.ts"
import { unlock } from "../../agent/sops/unlock.ts"
import { valueIvs } from "../../agent/sops/value/ivs.ts"
import { git, merged, set, yaml } from "./ruled-drivers.ts"
import {
    alice,
    bob,
    committed,
    configuration,
    file,
    openedBy,
    read,
    run,
    sealed,
    sops,
    tree,
    web,
} from "./ruled-tree.ts"

async function opened(path: string) {
    const document = await parseDocument(Buffer.from(read(path)), formatOf(path))
    return { document, dataKey: await unlock(document, { identities: [parseIdentity(alice.secret)] }) }
}
const verdict = async (path: string) => {
    const { document, dataKey } = await opened(path)
    return judge(document, dataKey, path).kind
}
const ivs = async (path: string) => valueIvs((await opened(path)).document)

test("git-setup names the kinds of files that there are, and takes its lines back", async () => {
    const lines = ["env", "ini", "json", "pem", "yaml"].map(
        (kind) => `/secrets/*.${kind} diff=hostseal merge=hostseal\n`,
    )
    expect(read(".gitattributes")).toBe(`${lines.join("")}.sops.debt.json merge=hostseal\n`)
    sealed("secrets/with space [1].yml")
    sealed("secrets/none")
    file(".gitattributes", `*.png binary\n${read(".gitattributes")}`)
    expect(await run("git-setup")).toMatchObject({ code: 0 })
    expect(read(".gitattributes")).toContain("/secrets/*.yml diff=hostseal")
    for (const path of ["secrets/none", "secrets/with space [1].yml", "secrets/new.yaml"])
        expect(git("check-attr", "merge", path).output).toContain("merge: hostseal")
    expect(git("check-attr", "merge", ".sops.yaml").output).toContain("merge: unspecified")
    expect(await run("git-setup", "--remove")).toMatchObject({ code: 0 })
    expect(read(".gitattributes")).toBe("*.png binary\n")
})

test("a diff is by keys and readers, and has plaintext for those alone who ask for it and have the key", async () => {
    await set("secrets/a.yaml", "db/password", "CANARY new")
    file(".sops.yaml", configuration({ "secrets/": ["alice", "bob", "host_web"] }))
    expect(await run("key", "update", "--accept", "all")).toMatchObject({ code: 0 })
    const { output } = git("diff", "HEAD~2", "--", "secrets/a.yaml")
    const changed = output.split("\n").filter((line) => /^[-+](?![-+])/u.test(line))
    expect(changed).toEqual([
        `+reader: machine "host_web" (${web.recipient})`,
        expect.stringMatching(/^-db\/password: encrypted as [0-9a-f]{12}$/u),
        expect.stringMatching(/^\+db\/password: encrypted as [0-9a-f]{12}$/u),
        expect.stringMatching(/^-all: /u),
        expect.stringMatching(/^\+all: /u),
    ])
    expect(output).toContain(`user "bob" (${bob.recipient})`)
    expect(output).not.toContain("CANARY")
    expect(await run("git-setup", "--values")).toMatchObject({ code: 0 })
    expect(git("diff", "HEAD~2", "--", "secrets/a.yaml").output).toMatch(
        /^-    password: CANARY\n\+    password: CANARY new$/mu,
    )
    // Who looks for what sops wrote looks at the files, and not at what the drivers show of them.
    expect((await run("audit", "user", "bob", "--ever")).out).toMatch(/^secrets\/a\.yaml: .*, still\n/u)
    // Files of the same kind that nobody encrypted are shown as they are.
    file("secrets/plain.yaml", "a: 1\n")
    committed()
    file("secrets/plain.yaml", "a: 2\n")
    expect(git("diff", "--", "secrets/plain.yaml").output).toMatch(/^-a: 1\n\+a: 2$/mu)
})

test.each([
    [
        "secrets/a.yaml",
        "db/password",
        "list/1",
        /password: CANARY ours\n[^]*- CANARY 1\n {4}- CANARY theirs\n/u,
    ],
    ["secrets/b.json", "a", "b/c", /"a": "CANARY ours"[^]*"c": "CANARY theirs"/u],
    ["secrets/c.env", "A", "B", /^A=CANARY ours\nB=CANARY theirs\n$/u],
    ["secrets/d.ini", "a/b", "a/c", /b *= CANARY ours\nc *= CANARY theirs\n/u],
])("two branches that change different values of %s are merged", async (path, ours, theirs, plaintext) => {
    const before = await ivs(path)
    const sides = new Map<string, string | undefined>()
    const { status, output } = await merged(
        async () => {
            await set(path, ours, "CANARY ours")
            sides.set(ours, (await ivs(path)).get(ours))
        },
        async () => {
            await set(path, theirs, "CANARY theirs")
            sides.set(theirs, (await ivs(path)).get(theirs))
        },
    )
    expect({ status, output }).toMatchObject({ status: 0 })
    expect(output).not.toContain("CANARY")
    for (const { secret } of [alice, bob]) expect(openedBy(secret, path)).toMatch(plaintext)
    expect(openedBy(web.secret, path)).toBeUndefined()
    expect(await verdict(path)).toBe("bound")
    // What neither side has changed has the text that it had, and what one has changed the IV that it had there.
    expect([...(await ivs(path))]).toEqual([...before].map(([key, iv]) => [key, sides.get(key) ?? iv]))
    expect(git("status", "--porcelain", "secrets").output).toBe("")
    expect(sops("updatekeys", "-y", path).stderr).toContain("already up to date")
})

test("what one side adds, removes and moves about is merged too, with the comments of both", async () => {
    const path = "secrets/a.yaml"
    const edit = async (text: string): Promise<void> => {
        file(".git/new.yaml", text)
        expect(await run("set", path, "--file", join(tree, ".git/new.yaml"))).toMatchObject({ code: 0 })
    }
    const { status, output } = await merged(
        async () =>
            edit(
                yaml
                    .replace("    port: 5432\n", "    port: 5432\n    user: CANARY me\n")
                    .replace("list:", "# CANARY list\nlist:"),
            ),
        async () =>
            edit(
                `${yaml.replace("# CANARY about db\n", "# CANARY about db, and more\n").replace("list:\n    - CANARY 1\n    - CANARY 2\n", "")}new: CANARY\n`,
            ),
    )
    // The list has another comment here and is gone there: that is for people to decide.
    expect({ status, output }).toMatchObject({ status: 0 })
    expect(openedBy(alice.secret, path)).toBe(
        "# CANARY about db, and more\ndb:\n    password: CANARY\n    port: 5432\n    user: CANARY me\nnew: CANARY\n",
    )
})

test("a value that both have changed stays as this branch has it, is named, and can be put right", async () => {
    const path = "secrets/a.yaml"
    const { status, output } = await merged(
        async () => set(path, "db/password", "CANARY ours"),
        async () => {
            await set(path, "db/password", "CANARY theirs")
            await set(path, "list/0", "CANARY theirs")
        },
    )
    expect({ status, output }).toMatchObject({ status: 1 })
    expect(output).toContain(
        `${path}: both sides have a new value of db/password, and that of this branch stands there`,
    )
    expect(output).toContain(`hostseal set --no-commit ${path} db/password`)
    expect(output).not.toContain("CANARY")
    expect(openedBy(bob.secret, path)).toMatch(/password: CANARY ours\n[^]*- CANARY theirs\n/u)
    expect(git("status", "--porcelain", path).output).toBe(`UU ${path}\n`)
    writeFileSync(join(tree, ".git/value"), "CANARY both")
    const put = await run("set", "--no-commit", path, "db/password", "--file", join(tree, ".git/value"))
    expect(put).toMatchObject({ code: 0 })
    git("add", path)
    expect(git("commit", "-qm", "merge").output).toBe("")
    expect(openedBy(bob.secret, path)).toMatch(/password: CANARY both\n/u)
})

test("a value of its own that both have changed is a conflict, and one that one has changed is not", async () => {
    const path = "secrets/key.pem"
    expect(
        await merged(
            async () => set("secrets/c.env", "A", "CANARY"),
            async () => set(path, "", "CANARY theirs"),
        ),
    ).toMatchObject({ status: 0 })
    expect(openedBy(bob.secret, path)).toBe("CANARY theirs")
    git("branch", "-qD", "side")
    const both = await merged(
        async () => set(path, "", "CANARY one"),
        async () => set(path, "", "CANARY two"),
    )
    expect(both).toMatchObject({
        status: 1,
        output: expect.stringContaining("both sides have a new value, and"),
    })
    expect(openedBy(bob.secret, path)).toBe("CANARY one")
})

/** What the other branch did, this clone remembers. */
const asBefore = ["--accept", "user:bob"]

test("a loss on one side holds, under a new data key, and what was set meanwhile is named", async () => {
    const path = "secrets/a.yaml"
    const { status, output } = await merged(
        async () => set(path, "db/password", "CANARY ours", ...asBefore),
        async () => {
            file(".sops.yaml", configuration({ "secrets/": ["alice"] }))
            expect(await run("key", "update", "--accept", "all")).toMatchObject({ code: 0 })
        },
    )
    expect({ status, output }).toMatchObject({ status: 0 })
    expect(output).toMatch(/could read the new value of db\/password on one side: set it anew/u)
    expect(openedBy(bob.secret, path)).toBeUndefined()
    expect(openedBy(alice.secret, path)).toMatch(/password: CANARY ours\n/u)
    const { debts }: { debts: { secret: string; key: string }[] } = JSON.parse(
        (await run("debt", "--json")).out,
    )
    expect(debts.flatMap(({ secret, key }) => (secret === path ? [key] : []))).toEqual([
        "db/port",
        "list/0",
        "list/1",
    ])
})

test("the ledgers of both sides are joined, and what one has settled stays settled", async () => {
    file(".sops.yaml", configuration({ "secrets/": ["alice", "bob", "host_web"] }))
    expect(await run("key", "update", "--accept", "all")).toMatchObject({ code: 0 })
    const lose = async (...names: string[]): Promise<void> => {
        file(".sops.yaml", configuration({ "secrets/c": names, "secrets/": ["alice", "bob", "host_web"] }))
        expect(await run("key", "update", "--accept", "all")).toMatchObject({ code: 0 })
    }
    await lose("alice", "bob")
    const { status, output } = await merged(
        async () => set("secrets/c.env", "A", "CANARY 3", ...asBefore),
        async () => lose("alice"),
    )
    expect({ status, output }).toMatchObject({ status: 0 })
    const { debts }: { debts: { key: string; lost: string }[] } = JSON.parse(
        (await run("debt", "--json")).out,
    )
    expect(debts.map(({ key, lost }) => `${key} ${lost}`)).toEqual(["B machine:host_web", "B user:bob"])
})

test("hands nothing to somebody whom this clone has not accepted, and leaves text to git", async () => {
    const path = "secrets/a.yaml"
    await set("secrets/c.env", "A", "CANARY")
    const { status, output } = await merged(
        async () => set(path, "db/password", "CANARY ours"),
        async () => {
            file(".sops.yaml", configuration({ "secrets/": ["alice", "bob", "host_web"] }))
            expect(sops("updatekeys", "-y", path)).toMatchObject({ status: 0 })
            committed()
        },
    )
    expect({ status, output }).toMatchObject({ status: 1 })
    expect(output).toContain("one side has other readers, and is not bound to them")
    expect(openedBy(web.secret, path)).toBeUndefined()
    git("merge", "--abort")
    file("secrets/plain.yaml", "a: 1\n\n\n\nb: 1\n")
    committed()
    git("branch", "-qD", "side")
    const lines = async (from: string, to: string): Promise<void> => {
        file("secrets/plain.yaml", read("secrets/plain.yaml").replace(from, to))
        committed()
    }
    expect(
        await merged(
            async () => lines("a: 1", "a: 2"),
            async () => lines("b: 1", "b: 2"),
        ),
    ).toMatchObject({ status: 0 })
    expect(read("secrets/plain.yaml")).toBe("a: 2\n\n\n\nb: 2\n")
    git("branch", "-qD", "side")
    expect(
        await merged(
            async () => lines("a: 2", "a: 3"),
            async () => lines("a: 2", "a: 4"),
        ),
    ).toMatchObject({ status: 1 })
    expect(read("secrets/plain.yaml")).toContain("<<<<<<<")
})

test("keys of a cloud stay where they are, and where one would be needed sops is named", async () => {
    const path = "secrets/a.yaml"
    const entry =
        '        - arn: arn:aws:kms:x:1:key/1\n          created_at: "2026-01-01T00:00:00Z"\n          enc: AQ==\n          aws_profile: ""\n'
    file(path, read(path).replace(/^sops:\n/mu, `sops:\n    kms:\n${entry}`))
    file(
        ".sops.yaml",
        configuration({ "secrets/": ["alice", "bob"] }).replace(
            "      - age:",
            "      - kms:\n          - arn: arn:aws:kms:x:1:key/1\n        age:",
        ),
    )
    committed()
    const both = await merged(
        async () => set(path, "db/password", "CANARY ours"),
        async () => set(path, "list/0", "CANARY theirs"),
    )
    expect(both).toMatchObject({ status: 0 })
    expect(read(path)).toContain(entry)
    expect(openedBy(bob.secret, path)).toMatch(/password: CANARY ours\n[^]*- CANARY theirs\n/u)
})
