// Links out of the tree, names that are no names, recipients that name programs: see siege.ts for what has to hold.

import { cpSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { everything, Siege } from "./siege.ts"

const siege = Siege.lay()

const reading = [
    ["list"],
    ["users", "list"],
    ["groups", "list"],
    ["get", "wifi"],
    ["verify"],
    ["audit", "secret", "wifi"],
    ["graph"],
    ["debt"],
]
const writing = [
    ["users", "remove", "bob"],
    ["users", "add-secret", "bob", "wifi"],
    ["groups", "remove-user", "admins", "bob"],
    ["machines", "add-secret", "web01", "wifi"],
    ["rename", "wifi", "radio"],
    ["remove", "wifi"],
    ["key", "update"],
    ["set", "wifi"],
] as const

describe("a place in the layout that is a link to somewhere else", () => {
    test.each([
        "sops",
        "sops/users",
        "sops/machines",
        "sops/groups",
        "sops/secrets",
        "sops/users/bob",
        "sops/groups/admins",
        "sops/secrets/wifi",
    ])("%s: nothing is written through it, and nothing behind it is shown", async (path) => {
        const up = "../".repeat(path.split("/").length)
        siege.link(path, `${up}outside${path.slice("sops".length)}`)
        for (const words of [...reading, ...writing]) await siege.keepsInside(words, "CANARY new")
    })

    test.each(["sops/secrets/wifi/users", "sops/secrets/wifi/groups", "sops/groups/admins/users"])(
        "%s",
        async (path) => {
            mkdirSync(siege.at(path.split("/").slice(0, -1).join("/")), { recursive: true })
            siege.link(path, `${"../".repeat(path.split("/").length)}outside/users`)
            for (const words of writing) await siege.keepsInside(words, "CANARY new")
        },
    )

    test("a value is not read from /etc/shadow, and not written there", async () => {
        siege.link("sops/secrets/wifi/secret", join(siege.outside, "shadow"))
        for (const words of [
            ["get", "wifi"],
            ["users", "add-secret", "bob", "wifi"],
            ["machines", "add-secret", "web01", "wifi"],
            ["verify"],
        ]) {
            await siege.comesToNothing(words)
        }
        expect((await siege.comesToNothing(["set", "wifi"], "CANARY new")).err).toMatch(
            "sops/secrets/wifi/secret",
        )
        expect((await siege.comesToNothing(["edit", "wifi"])).err).toMatch("sops/secrets/wifi/secret")
    })

    test("keys are not read through a link", async () => {
        siege.link("sops/users/bob/key.json", join(siege.outside, "users/alice/key.json"))
        const { err } = await siege.comesToNothing(["groups", "remove-user", "admins", "bob"])
        expect(err).toMatch("sops/users/bob/key.json: is a link and not a file")
        await siege.comesToNothing(["verify"])
    })

    test("a secret that is removed takes nothing with it that its links lead to", async () => {
        siege.link("sops/secrets/wifi/extra", siege.outside)
        siege.scene.git("add", "-A")
        siege.scene.git("commit", "-qm", "extra")
        const ended = await siege.keepsInside(["remove", "wifi"])
        expect(ended).toMatchObject({ code: 0 })
        expect(existsSync(siege.at("sops/secrets/wifi"))).toBe(false)
        siege.scene.mustBeClean()
    })
})

describe("names", () => {
    test("with control characters are shown escaped, and nothing else suffers", async () => {
        const names = [
            "\u001b[2Jclear",
            "\u009b2Jclear",
            "new\nhint: forged",
            "\u202egpj.exe",
            "\u061cexe.jpg",
            "sp ace",
            "-rf",
            "\u0007",
        ]
        for (const name of names) {
            cpSync(siege.at("sops/secrets/wifi"), siege.at(`sops/secrets/${name}`), {
                recursive: true,
                verbatimSymlinks: true,
            })
            cpSync(siege.at("sops/users/bob"), siege.at(`sops/users/${name}`), { recursive: true })
            mkdirSync(siege.at(`sops/groups/${name}/users`), { recursive: true })
            symlinkSync("../../../users/bob", siege.at(`sops/groups/${name}/users/bob`))
            symlinkSync(`../../../users/${name}`, siege.at(`sops/groups/admins/users/${name}`))
        }
        siege.scene.git("add", "-A")
        siege.scene.git("commit", "-qm", "names")
        expect(await siege.keepsInside(["list"])).toMatchObject({ code: 0 })
        for (const words of [["verify"], ["verify", "--json"]]) {
            const { code, out } = await siege.keepsInside(words)
            expect(code).toBe(5)
            // For people it names the first of each kind, for programs all of them.
            expect(out).toContain(words.includes("--json") ? "forged" : "clear")
            expect(out).not.toMatch(/^hint/mu)
        }
        const { out, err } = await siege.keepsInside(["key", "update", "--dry-run"])
        expect(out).toContain("forged")
        expect(out + err).not.toMatch(/^hint: forged/mu)
        for (const words of [
            ["users", "list"],
            ["groups", "list"],
            ["audit", "secret", "wifi"],
            ["graph"],
            ["graph", "--json"],
            ["debt"],
        ])
            expect(await siege.keepsInside(words)).toMatchObject({ code: 0 })
        // They are copies, which nothing wraps anew: the rest is done without them.
        const revoked = await siege.keepsInside(["groups", "remove-user", "admins", "bob"])
        expect(revoked).toMatchObject({
            code: 5,
            err: expect.stringContaining("was sealed for sops/secrets/wifi"),
        })
        expect(revoked.err).not.toMatch(/^hint: forged/mu)
        expect(existsSync(siege.at("sops/secrets/sp ace/secret"))).toBe(true)
        siege.scene.git("rm", "-rq", "--", ...names.map((name) => `sops/secrets/${name}`))
        siege.scene.git("commit", "-qm", "no copies")
        const audit = await siege.keepsInside(["audit", "secret", "wifi"])
        expect(audit).toMatchObject({ code: 0 })
        expect(audit.out).not.toContain("bob")
    })

    test.each(
        [
            ["groups", "add-user", "..", "bob"],
            ["groups", "add-user", "../../..", "bob"],
            ["groups", "add-secret", "..", "wifi"],
            ["groups", "remove-user", "..", "bob"],
            ["users", "remove", "../users/bob"],
            ["users", "add-secret", "bob", "../../users"],
            ["machines", "remove", "."],
            ["remove", "../secrets/wifi"],
            ["remove", "wifi/"],
            ["remove", "wifi\u0000"],
            ["get", "../../../outside/secrets/wifi"],
            ["rename", "wifi", "../../../outside/stolen"],
            ["rename", "wifi", "wifi/inside"],
            ["set", "../../../outside/new"],
            ["set", "--user", "..", "new"],
            ["set", "--group", "../secrets/wifi", "new"],
        ].filter((words) => !words.join("").includes("\u0000")),
    )("are never paths: %s %s %s %s", async (...words) => {
        await siege.comesToNothing(
            words.filter((word) => word !== undefined),
            "CANARY",
        )
    })
})

describe("recipients", () => {
    test.each([
        "age1../x1qqqq",
        "age1a/b1qqqqqq",
        "age1-x",
        "age11qqqqqqqq",
        "age1e vil1qqq",
        "age1évil1qqqq",
        "age1evil1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
    ])("that name a program run nothing: %s", async (recipient) => {
        const trap = join(siege.scene.directory, "trap")
        const plugins = ["age-plugin-evil", "age-plugin-", "age-plugin-x", "age-plugin--x", "x"]
        // Plugins are nowhere looked for; other programs not in the current directory.
        for (const [folder, names] of [
            [trap, plugins],
            [siege.scene.tree, [...plugins, "vim", "nano", "vi", "git", "flock", "perl"]],
        ] as const) {
            mkdirSync(folder, { recursive: true })
            for (const name of names) {
                const file = join(folder, name)
                writeFileSync(file, `#!/bin/sh\ntouch ${siege.scene.directory}/started\n`, { mode: 0o755 })
            }
        }
        const real = join(siege.scene.directory, "real")
        mkdirSync(real)
        for (const name of ["git", "flock"]) {
            const found = (process.env["PATH"] ?? "").split(":").map((folder) => join(folder, name))
            symlinkSync(found.find((file) => existsSync(file)) ?? "", join(real, name))
        }
        const path = `.:${trap}::${real}`
        writeFileSync(
            siege.at("sops/users/bob/key.json"),
            JSON.stringify([{ publickey: recipient, type: "age" }]),
        )
        for (const words of [
            ["users", "add", "eve", recipient],
            ["machines", "add-secret", "web01", "wifi"],
            ["users", "add-secret", "bob", "wifi"],
            ["edit", "new"],
        ]) {
            const ended = await siege.scene.outside(siege.program, words, { env: { PATH: path } })
            expect(ended.err, words.join(" ")).not.toBe("")
            expect(existsSync(join(siege.scene.directory, "started")), words.join(" ")).toBe(false)
        }
    })
})

describe("a journal that was brought along", () => {
    test("in the tree is none: nothing outside the folders of secrets is renamed", async () => {
        mkdirSync(siege.at("sops/.hostseal"))
        const steps = [{ from: "sops/.hostseal/0", to: "../outside/users/alice/key.json" }]
        const journal = {
            version: 1,
            message: "x",
            commit: "no git",
            steps,
            paths: [],
            emptied: [],
            made: [],
        }
        writeFileSync(siege.at("sops/.hostseal/journal.json"), JSON.stringify(journal))
        writeFileSync(siege.at("sops/.hostseal/0"), "[]")
        await siege.keepsInside(["rename", "wifi", "radio"])
        rmSync(siege.at(".git"), { recursive: true })
        writeFileSync(siege.at(".clan-flake"), "")
        mkdirSync(siege.at("sops/.hostseal"), { recursive: true })
        writeFileSync(siege.at("sops/.hostseal/journal.json"), JSON.stringify(journal))
        writeFileSync(siege.at("sops/.hostseal/0"), "[]")
        const there = everything(siege.outside)
        const ended = await siege.scene.outside(siege.program, ["remove", "mail"])
        expect(ended, ended.err).toMatchObject({ code: 1 })
        expect(everything(siege.outside)).toEqual(there)
        expect(statSync(siege.at("sops/secrets/mail/secret")).isFile()).toBe(true)
    })
})
