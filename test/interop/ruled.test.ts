// Repositories with a `.sops.yaml`, made with the real sops: what `verify` says of them is what `sops updatekeys` would
// find to do.

import { execFileSync } from "node:child_process"
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { env } from "node:process"
import { expect, test } from "vitest"
import { alice, bob, configuration, file, found, run, sealed, sops, tree, web } from "./ruled-tree.ts"

test("run gives a command the values at the top of a file, by their keys, as sops exec-env does", async () => {
    file(".sops.yaml", configuration({ "secrets/[^/]+$": ["alice"] }))
    sealed(
        "secrets/web.yaml",
        "token: CANARY 1\nport: 8080\nnone: null\ndb:\n  password: CANARY 2\nweb-key: CANARY 3\n",
    )
    file("key.txt", `${alice.secret}\n`)
    const command = 'printf "%s|%s|%s|%s" "$token" "$port" "$web_key" "${db-no}${none-no}" >out'
    const words = ["secrets/web.yaml", "--identity", "key.txt", "--", "sh", "-c", command]
    expect(await run("run", ...words)).toMatchObject({ code: 0 })
    expect(readFileSync(join(tree, "out"), "utf8")).toBe("CANARY 1|8080|CANARY 3|nono")
    const files = 'cat "$token_FILE" >out; dirname "$token_FILE" >place'
    await run("run", "--files", ...words.slice(0, -1), files)
    expect(readFileSync(join(tree, "out"), "utf8")).toBe("CANARY 1")
    expect(existsSync(readFileSync(join(tree, "place"), "utf8").trim())).toBe(false)
    await run("run", "ALL=secrets/web.yaml", ...words.slice(1, -1), 'printf %s "$ALL" >out')
    expect(readFileSync(join(tree, "out"), "utf8")).toMatch(/^token: CANARY 1\n/u)
    sealed("secrets/evil.yaml", "PATH: CANARY\n")
    expect((await run("run", "secrets/evil.yaml", ...words.slice(1))).err).toContain(
        "secrets/evil.yaml/PATH would be PATH, which steers programs",
    )
})

test("agrees where sops finds nothing to do, and not where it does", async () => {
    file(".sops.yaml", configuration({ "secrets/[^/]+$": ["alice", "host_web"] }))
    for (const path of [
        "secrets/web.yaml",
        "secrets/key.pem",
        "secrets/a.json",
        "secrets/b.env",
        "secrets/c.ini",
    ])
        sealed(
            path,
            path.endsWith("json") ? '{"a":"CANARY"}' : path.endsWith("yaml") ? "a: CANARY\n" : "a=CANARY\n",
        )
    expect(await found()).toEqual({ code: 0, problems: [], notes: [] })

    file(".sops.yaml", configuration({ "secrets/[^/]+$": ["alice", "bob"] }))
    const { code, problems } = await found()
    expect(code).toBe(5)
    expect(problems.filter((line) => line.endsWith("web.yaml"))).toEqual([
        "missing-recipient secrets/web.yaml",
        "extra-recipient secrets/web.yaml",
    ])
    expect(problems).toHaveLength(10)
    for (const path of ["web.yaml", "key.pem", "a.json", "b.env", "c.ini"])
        expect(sops("updatekeys", "-y", `secrets/${path}`)).toMatchObject({ status: 0 })
    expect(await found()).toEqual({ code: 0, problems: [], notes: [] })
})

test("reads names, readers and machines from anchors", async () => {
    file(".sops.yaml", configuration({ "secrets/web": ["alice", "host_web"], "secrets/": ["alice", "bob"] }))
    sealed("secrets/web.yaml")
    sealed("secrets/other.yaml")
    expect((await run("list")).out).toBe("secrets/other.yaml\nsecrets/web.yaml\n")
    expect((await run("users", "list")).out).toBe("alice\nbob\n")
    expect((await run("machines", "list")).out).toBe("host_web\n")
    expect((await run("machines", "get", "host_web")).out).toBe(`${web.recipient}\n`)
    expect((await run("audit", "secret", "secrets/web.yaml")).out).toMatch(
        /^user alice: .*\nmachine host_web: /u,
    )
    expect((await run("audit", "user", "bob")).out).toMatch(/^secrets\/other\.yaml: /u)
})

test("shows who could read a file at a commit, and since when it is otherwise", async () => {
    file(".sops.yaml", configuration({ "secrets/": ["alice", "bob"] }))
    sealed("secrets/a.yaml")
    sealed("secrets/gone.yaml")
    const commit = (): void => {
        execFileSync("git", ["-C", tree, "add", "--all"])
        execFileSync("git", ["-C", tree, "commit", "--quiet", "--message", "x"])
    }
    commit()
    file(".sops.yaml", configuration({ "secrets/": ["alice"] }))
    rmSync(join(tree, "secrets/gone.yaml"))
    expect(sops("updatekeys", "-y", "secrets/a.yaml")).toMatchObject({ status: 0 })
    commit()
    const now = await run("audit", "secret", "secrets/a.yaml")
    expect(now.out).toBe("user alice: the rule for it\n")
    const then = await run("audit", "user", "bob", "--at", "HEAD~1")
    expect(then.out).toBe("secrets/a.yaml: the rule for it\nsecrets/gone.yaml: the rule for it\n")
    const id = (revision: string) =>
        execFileSync("git", ["-C", tree, "rev-parse", "--short=12", revision]).toString().trim()
    // Bob's key is in the old bytes of what is there, and in what is not there any more.
    const ever = (await run("audit", "user", "bob", "--ever")).out
    expect(ever.replaceAll(/\d{4}-\d\d-\d\d/gu, "DATE")).toBe(
        ["a", "gone"]
            .map((name) => `secrets/${name}.yaml: DATE (${id("HEAD~1")}) to DATE (${id("HEAD~1")})\n`)
            .join(""),
    )
    file(".sops.yaml", configuration({ "secrets/": ["alice", "bob"] }))
    commit()
    expect((await run("audit", "user", "bob", "--ever")).out).toMatch(
        /^secrets\/a\.yaml: .*, still\nsecrets\/gone\.yaml: .* to /u,
    )
    expect((await run("audit", "machine", "host_web", "--ever")).out).toBe("")
    expect((await run("audit", "user", "nobody", "--ever")).code).toBe(1)
})

test("verify opens every file that is for you, in its format, and says which is not what was sealed", async () => {
    file(".sops.yaml", configuration({ "secrets/web": ["host_web"], "secrets/": ["alice"] }))
    for (const path of ["a.yaml", "b.env", "c.ini", "d.pem"])
        sealed(
            `secrets/${path}`,
            path === "a.yaml" ? "a: CANARY\n" : path === "c.ini" ? "[a]\nb = CANARY\n" : "A=CANARY\n",
        )
    sealed("secrets/web.json", '{"a":"CANARY"}')
    expect(await run("verify", "--decrypt")).toMatchObject({
        code: 0,
        err: "5 encrypted files, 4 opened, 1 not encrypted for you: everything agrees\n",
    })
    file("secrets/b.env", readFileSync(join(tree, "secrets/b.env"), "utf8").replace(/^A=/mu, "B="))
    const { code, out } = await run("verify", "--decrypt")
    expect({ code, out }).toMatchObject({ code: 5, out: expect.stringMatching(/^secrets\/b\.env: /u) })
    expect(await run("verify", "--bound")).toMatchObject({
        code: 5,
        out: expect.stringContaining("is not bound"),
    })
})

test("beside clan's folders both are held to what they say", async () => {
    file(".sops.yaml", configuration({ "secrets/": ["alice"] }))
    sealed("secrets/a.yaml")
    expect((await run("users", "add", "carol", bob.recipient, "--layout", "clan")).code).toBe(0)
    expect(await found()).toEqual({ code: 0, problems: [], notes: [] })
    file(".sops.yaml", configuration({ "secrets/": ["alice", "bob"] }))
    expect(await found()).toMatchObject({ code: 5, problems: ["missing-recipient secrets/a.yaml"] })
    file(".sops.yaml", "- no mapping\n")
    expect(await found()).toMatchObject({ code: 5, problems: ["bad-config .sops.yaml:1"] })
})

test("says what no rule is for, what is in the clear, and what lies under another configuration", async () => {
    file(".sops.yaml", configuration({ "secrets/.*": ["alice"] }))
    sealed("secrets/a.yaml")
    sealed("secrets/moved.yaml")
    execFileSync("mv", [join(tree, "secrets/moved.yaml"), join(tree, "moved.yaml")])
    file("secrets/plain.yaml", "a: CANARY\n")
    file("sub/.sops.yaml", configuration({ ".*": ["bob"] }))
    file("sub/x.yaml", "sops: 1\na: ENC[AES256_GCM,data:x]\n")
    file("README.md", 'written as ENC[AES256_GCM,…] with "sops"\n')
    symlinkSync("a.yaml", join(tree, "secrets/link.yaml"))
    expect(await found()).toEqual({
        code: 5,
        problems: ["no-rule moved.yaml"],
        notes: ["plain secrets/plain.yaml", "nested-config sub/.sops.yaml"],
    })
    expect(sops("updatekeys", "-y", "moved.yaml")).not.toMatchObject({ status: 0 })
})

test("prints a file, or one value of it, as sops would", async () => {
    file(".sops.yaml", configuration({ ".*": ["alice"] }))
    const text = "db:\n    password: CANARY\n    port: 5432\nusers:\n    - CANARY one\n    - CANARY two\n"
    sealed("secrets/a.yaml", text)
    writeFileSync(join(tree, "key"), alice.secret, { mode: 0o600 })
    const get = async (...args: string[]) => run("get", "--identity", "key", ...args)
    expect((await get("secrets/a.yaml")).out).toBe(text)
    for (const [key, path] of [
        ["db/password", '["db"]["password"]'],
        ["db/port", '["db"]["port"]'],
        ["users/1", '["users"][1]'],
    ] as const) {
        const args = ["decrypt", "--extract", path, "secrets/a.yaml"]
        const theirs = execFileSync("sops", args, { cwd: tree, env: { ...env, SOPS_AGE_KEY: alice.secret } })
        expect((await get("secrets/a.yaml", key)).out).toBe(theirs.toString().trimEnd())
    }
    for (const [args, message] of [
        [["secrets/a.yaml", "db/pasword"], 'there is no key "db/pasword"\nhint: did you mean db/password?'],
        [["secrets/a.yaml", "db"], "is a mapping"],
        [["secrets/b.yaml"], "does not exist"],
        [["../a.yaml"], "is not the path of a file"],
        [[".git/config"], "is not the path of a file"],
    ] as const)
        expect(await get(...args)).toMatchObject({ out: "", err: expect.stringContaining(message) })
})

test("begins no folders of clan's beside it, unless it is told to", async () => {
    file(".sops.yaml", configuration({ ".*": ["alice"] }))
    const { code, err } = await run("groups", "add-user", "users", "bob")
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining(".sops.yaml") })
    expect((await run("users", "add", "carol", bob.recipient, "--layout", "clan")).code).toBe(0)
})
