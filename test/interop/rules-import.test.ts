// A repository with a `.sops.yaml` becomes one of clan's: with its readers, their names, and every value a secret.

import { existsSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { generateIdentity } from "../../agent/age/identity.ts"
import { alice, bob, committed, configuration, file, found, git } from "./ruled-tree.ts"
import { openedBy, read, run, sealed, sops, tree, web } from "./ruled-tree.ts"

const stranger = generateIdentity()

test("makes users, machines and a secret of each value, for those of its rule", async () => {
    file(
        ".sops.yaml",
        configuration({
            "secrets/web": ["alice", "host_web"],
            "secrets/only": ["host_web"],
            "secrets/": ["alice", "bob"],
        }),
    )
    sealed("secrets/web.yaml", "db:\n    password: CANARY 1\n    ports: [1, 2]\nnone: null\n")
    sealed("secrets/deep/a.env", "A=CANARY 2\n")
    sealed("secrets/key.pem", "CANARY 3\n")
    committed()
    const plan = await run("import-sops", "--rules", "--dry-run")
    expect(plan).toMatchObject({ code: 0 })
    expect(existsSync(join(tree, "sops"))).toBe(false)

    const { code, err } = await run("import-sops", "--rules")
    expect({ code, err }).toMatchObject({
        code: 0,
        err: expect.stringContaining("web.none is null, skipping"),
    })
    expect(git("log", "-1", "--format=%s")).toBe("secrets: import 5 secrets by the rules of .sops.yaml\n")
    expect((await run("list")).out).toBe("deep.a.A\nkey\nweb.db.password\nweb.db.ports.0\nweb.db.ports.1\n")
    expect((await run("users", "list")).out).toBe("alice\nbob\n")
    expect((await run("machines", "get", "host_web")).out).toBe(`${web.recipient}\n`)
    for (const [name, readers, value] of [
        ["deep.a.A", "alice bob", "CANARY 2"],
        ["key", "alice bob", "CANARY 3\n"],
        ["web.db.password", "alice web", "CANARY 1"],
        ["web.db.ports.1", "alice web", "2"],
    ] as const)
        for (const [reader, { secret }] of Object.entries({ alice, bob, web }))
            expect(openedBy(secret, `sops/secrets/${name}/secret`), `${reader} ${name}`).toBe(
                readers.includes(reader) ? value : undefined,
            )
    // What was there before stays.
    expect(read("secrets/web.yaml")).toContain("ENC[")
    expect(await found()).toMatchObject({ code: 0, problems: [] })
    expect((await run("import-sops", "--rules")).err).toContain("already exists, skipping")
})

test("finds names that can be some, knows who is there already, and stops for files that do not open", async () => {
    const other = join(tree, "other")
    const dora = generateIdentity()
    file(
        "other/.sops.yaml",
        `keys:\n  - &Alice ${alice.recipient}\n  - ${stranger.recipient} # Bob B.\n  - &server_-x- ${web.recipient}\n` +
            `creation_rules:\n  - age: ${alice.recipient},${stranger.recipient},${web.recipient}\n`,
    )
    const elsewhere = (path: string): void => {
        file(path, "token: CANARY\n")
        expect(sops("--config", "other/.sops.yaml", "encrypt", "-i", path)).toMatchObject({ status: 0 })
    }
    elsewhere("other/a.yaml")
    expect(await run("users", "add", "me", alice.recipient, "--layout", "clan")).toMatchObject({ code: 0 })
    expect(await run("import-sops", "--rules", "other", "--prefix", "old.")).toMatchObject({ code: 0 })
    expect((await run("list")).out).toBe("old.token\n")
    expect((await run("audit", "secret", "old.token")).out).toMatch(
        /user bob-b-: .*\nuser me: .*\nmachine server_-x: /u,
    )

    file("other/.sops.yaml", `creation_rules:\n  - age: ${dora.recipient}\n`)
    for (const path of ["other/b.yaml", "other/c.yaml"]) elsewhere(path)
    const { code, err } = await run("import-sops", "--rules", other)
    expect(code).toBe(1)
    expect(err).toContain("cannot decrypt b.yaml")
    expect(err).toContain("cannot decrypt c.yaml")
    expect((await run("list")).out).toBe("old.token\n")
})
