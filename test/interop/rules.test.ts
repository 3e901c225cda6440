// Users, machines and their places in the rules of a `.sops.yaml`: what is changed in the text is what the real sops then
// encrypts for, and finds nothing to do about.

import { expect, test } from "vitest"
import { generateIdentity } from "../../agent/age/identity.ts"
import { alice, bob, committed, configuration, file, found, git } from "./ruled-tree.ts"
import { openedBy, read, run, sealed, sops, web } from "./ruled-tree.ts"

const carol = generateIdentity()
const files = ["secrets/a.yaml", "secrets/b.yaml", "web/key.pem"]

function scene(): void {
    file(".sops.yaml", configuration({ "secrets/": ["alice"], "web/": ["alice", "host_web"] }))
    for (const path of files) sealed(path, path.endsWith("pem") ? "CANARY\n" : "a: CANARY # note\n")
    committed()
}

/** Who of these opens a file with the real sops. */
function readers(path: string): string {
    const all = { alice, bob, web, carol }
    return Object.entries(all)
        .filter(([, { secret }]) => openedBy(secret, path)?.includes("CANARY") === true)
        .map(([name]) => name)
        .join(" ")
}

function values(path: string): string[] {
    return read(path)
        .split("\n")
        .filter((line) => line.includes("ENC[") && !line.includes("mac"))
}

async function agrees(): Promise<void> {
    expect(await found()).toMatchObject({ code: 0, problems: [] })
    for (const path of files) expect(sops("updatekeys", "-y", path).stderr).toContain("already up to date")
    expect(git("status", "--short")).toBe("")
}

test("lets somebody read a file by its rule, asks about the others of that rule, and keeps every value", async () => {
    scene()
    const before = values("secrets/a.yaml")
    const text = read(".sops.yaml")
    const refused = await run("users", "add-secret", "bob", "secrets/a.yaml")
    expect(refused).toMatchObject({ code: 2 })
    expect(refused.err).toContain("user bob would also read secrets/b.yaml")
    const shown = await run("users", "add-secret", "bob", "secrets/a.yaml", "--dry-run")
    expect(shown.err).toContain("would be a question")
    expect(read(".sops.yaml")).toBe(text)

    expect(await run("users", "add-secret", "bob", "secrets/a.yaml", "--yes")).toMatchObject({ code: 0 })
    expect(read(".sops.yaml")).toBe(text.replace("- *alice\n", "- *alice\n          - *bob\n"))
    expect(files.map(readers)).toEqual(["alice bob", "alice bob", "alice web"])
    expect(values("secrets/a.yaml")).toEqual(before)
    expect(git("show", "--name-only", "--format=%s")).toBe(
        "secrets: add user bob to secrets/a.yaml\n\n.sops.yaml\nsecrets/a.yaml\nsecrets/b.yaml\n",
    )
    await agrees()
    expect(await run("grant", "secrets/*", "--user", "bob")).toMatchObject({ code: 0 })

    const less = await run("revoke", "secrets/a.yaml", "--user", "bob")
    expect(less.err).toContain("user bob would also lose secrets/b.yaml")
    expect(await run("users", "remove-secret", "bob", "secrets/*")).toMatchObject({ code: 0 })
    expect(read(".sops.yaml")).toBe(text)
    expect(files.map(readers)).toEqual(["alice", "alice", "alice web"])
    expect(Object.keys(JSON.parse(read(".sops.debt.json")))).toEqual(["secrets/a.yaml", "secrets/b.yaml"])
    await agrees()
})

test("adds somebody beside their like and with the places of another, and removes them from everywhere", async () => {
    scene()
    const text = read(".sops.yaml")
    expect(await run("users", "add", "carol", carol.recipient)).toMatchObject({ code: 0 })
    const named = text.replace(
        /( +)- &bob .*\n/u,
        (line, indent) => `${line}${indent}- &carol ${carol.recipient}\n`,
    )
    expect(read(".sops.yaml")).toBe(named)
    expect((await run("users", "add", "carol", carol.recipient)).err).toContain("exists already")
    expect((await run("users", "add", "dora", carol.recipient)).err).toContain('is the one of user "carol"')
    expect(await run("users", "remove", "carol")).toMatchObject({ code: 0 })
    expect(read(".sops.yaml")).toBe(text)

    expect(await run("machines", "add", "host_db", carol.recipient, "--like", "host_web")).toMatchObject({
        code: 0,
    })
    expect(read(".sops.yaml")).toContain(`  - &host_db ${carol.recipient}\n`)
    expect(files.map(readers)).toEqual(["alice", "alice", "alice web carol"])
    await agrees()
    expect((await run("machines", "list")).out).toBe("host_db\nhost_web\n")
    expect(await run("machines", "remove", "host_web", "--dry-run")).toMatchObject({
        code: 0,
        out: expect.stringContaining("machine host_web could no longer read web/key.pem"),
    })
    expect(await run("machines", "remove", "host_web")).toMatchObject({ code: 0 })
    expect(read(".sops.yaml")).not.toContain("host_web")
    expect(files.map(readers)).toEqual(["alice", "alice", "alice carol"])
    expect(JSON.parse(read(".sops.debt.json"))).toMatchObject({
        "web/key.pem": [{ lost: "machine:host_web" }],
    })
    await agrees()
})

test("gives somebody one key more, or another one, and takes one away", async () => {
    scene()
    expect(await run("users", "add-key", "alice", carol.recipient)).toMatchObject({ code: 0 })
    expect(read(".sops.yaml")).toContain(`&alice ${alice.recipient},${carol.recipient}\n`)
    expect(files.map(readers)).toEqual(["alice carol", "alice carol", "alice web carol"])
    await agrees()
    expect(await run("users", "remove-key", "alice", carol.recipient)).toMatchObject({ code: 0 })
    expect(files.map(readers)).toEqual(["alice", "alice", "alice web"])
    await agrees()
    expect(await run("machines", "add", "host_web", bob.recipient, "--force")).toMatchObject({ code: 1 })
    expect(await run("machines", "add", "host_web", carol.recipient, "--force")).toMatchObject({ code: 0 })
    expect(files.map(readers)).toEqual(["alice", "alice", "alice carol"])
    expect(web.recipient).not.toBe("")
    await agrees()
})

test("changes nothing where it cannot be sure, and says what to write", async () => {
    scene()
    file("loose.yaml", "a: CANARY\n")
    sops("encrypt", "-i", "--age", alice.recipient, "loose.yaml")
    const text = read(".sops.yaml")
    const cases: [string, string[], string][] = [
        [text, ["users", "remove", "alice"], "would name nobody any more"],
        [text, ["users", "add-secret", "nobody", "secrets/a.yaml"], 'user "nobody" does not exist'],
        [text, ["users", "add-secret", "bob", "secrets/x.yaml"], 'secret "secrets/x.yaml" does not exist'],
        [
            text,
            ["users", "remove-secret", "bob", "secrets/a.yaml"],
            "is not in the rule for secrets/a.yaml (.sops.yaml:7)",
        ],
        [text, ["grant", "secrets/a.yaml", "--group", "users"], "names keys, and no groups"],
        [text, ["groups", "add-user", "users", "bob"], "which this command does not change"],
        [`# This file is generated from Nix\n${text}`, ["users", "remove", "bob"], "is made by a program"],
        [
            text.replaceAll(
                "      - age:\n          - *alice\n",
                "      - age:\n          - *alice\n      - age:\n          - *bob\n",
            ),
            ["users", "add-secret", "host_web", "secrets/a.yaml", "--yes"],
            "to the rule in line 7:\n  - age1",
        ],
    ]
    for (const [config, args, message] of cases) {
        file(".sops.yaml", config)
        const { code, err } = await run(...args)
        expect({ code, err }, args.join(" ")).toMatchObject({
            code: message.includes("no groups") ? 2 : 1,
            err: expect.stringContaining(message),
        })
        expect(read(".sops.yaml")).toBe(config)
    }
    expect(git("log", "--format=%s")).toBe("as it is\n")
})

test("names keys that stood in the rules alone, and writes no file for that", async () => {
    file(".sops.yaml", `# mine\ncreation_rules:\n  - age: ${alice.recipient}, ${bob.recipient}\n`)
    for (const path of files) sealed(path)
    committed()
    expect(await run("users", "add", "alice", alice.recipient)).toMatchObject({ code: 0 })
    expect(await run("users", "add", "bob", bob.recipient)).toMatchObject({ code: 0 })
    expect(git("show", "--name-only", "--format=")).toBe(".sops.yaml\n")
    expect(read(".sops.yaml")).toBe(
        `# mine\nkeys:\n  - &alice ${alice.recipient}\n  - &bob ${bob.recipient}\n` +
            `creation_rules:\n  - age: ${alice.recipient}, ${bob.recipient}\n`,
    )
    expect((await run("audit", "user", "bob")).out.split("\n")).toHaveLength(4)
    await agrees()
    expect(await run("users", "remove", "bob")).toMatchObject({ code: 0 })
    expect(read(".sops.yaml")).toBe(
        `# mine\nkeys:\n  - &alice ${alice.recipient}\ncreation_rules:\n  - age: ${alice.recipient}\n`,
    )
    expect(files.map((path) => openedBy(bob.secret, path))).toEqual([undefined, undefined, undefined])
    await agrees()
})

test("says whom no rule stops, and of whom nothing says what they are", async () => {
    scene()
    // Somebody has put bob into a file past its rule, and made one that no rule is for.
    expect(sops("rotate", "-i", "--add-age", bob.recipient, "secrets/b.yaml")).toMatchObject({ status: 0 })
    file("loose.yaml", "a: CANARY\n")
    expect(
        sops(
            "--config",
            "/dev/null",
            "encrypt",
            "-i",
            "--age",
            `${alice.recipient},${bob.recipient}`,
            "loose.yaml",
        ),
    ).toMatchObject({ status: 0 })
    committed()
    const removed = await run("users", "remove", "bob")
    expect(removed).toMatchObject({ code: 0 })
    expect(removed.err).toContain("bob can still read what no rule lets them: secrets/b.yaml, loose.yaml")
    expect((await found()).problems).toEqual(["no-rule loose.yaml", "extra-recipient secrets/b.yaml"])
    expect(await run("key", "update", "--accept", "all")).toMatchObject({ code: 0 })
    expect(openedBy(bob.secret, "secrets/b.yaml")).toBeUndefined()
    const added = await run("machines", "add", "cellar", carol.recipient)
    expect(added.err).toContain("nothing in .sops.yaml says that cellar is a machine: it is listed as a user")
    expect(await run("machines", "add-secret", "cellar", "web/key.pem")).toMatchObject({ code: 0 })
    expect(openedBy(carol.secret, "web/key.pem")).toBe("CANARY\n")
})

/** What somebody does who may write to the repository, and no more. */
function planted(change: (text: string) => string): void {
    file(".sops.yaml", change(read(".sops.yaml")))
    committed()
}

test("gives nobody anything whom somebody else has written into the rules", async () => {
    scene()
    // The list of what was agreed to begins here.
    expect(await run("users", "add-secret", "bob", "web/key.pem")).toMatchObject({ code: 0 })
    const mallory = carol

    planted((text) => text.replace(`&bob ${bob.recipient}`, `&bob ${mallory.recipient}`))
    const other = await run("users", "add-secret", "bob", "secrets/a.yaml", "--yes")
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining("user bob would gain") })
    expect(git("status", "--short")).toBe("")
    planted((text) => text.replace(`&bob ${mallory.recipient}`, `&bob ${bob.recipient}`))

    planted((text) =>
        text.replace(
            "  - path_regex: secrets/",
            `  - path_regex: ^b/\n    age: ${mallory.recipient}\n  - path_regex: secrets/`,
        ),
    )
    planted((text) => text.replace(/(secrets\/\n.*\n.*\n)/u, `$1          - ${mallory.recipient}\n`))
    expect(await run("users", "add-secret", "bob", "secrets/a.yaml", "--yes")).toMatchObject({ code: 0 })
    expect(files.map(readers)).toEqual(["alice bob", "alice bob", "alice bob web"])

    // A place that somebody was given in the rules, and never in the files, is copied after a question alone.
    planted((text) => text.replace(/(secrets\/\n.*\n.*\n)/u, "$1          - *host_web\n"))
    const dora = generateIdentity()
    const like = ["machines", "add", "host_dora", dora.recipient, "--like", "host_web"]
    expect(await run(...like)).toMatchObject({
        code: 2,
        err: expect.stringContaining("machine host_dora would also read secrets/a.yaml"),
    })
    expect(openedBy(dora.secret, "secrets/a.yaml")).toBeUndefined()
})
