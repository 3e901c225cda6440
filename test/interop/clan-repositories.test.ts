// Repositories as clan made them over the years: key files and links in its forms, files sealed by the real sops the way
// clan calls it. Both tools work on them in turn, and after each turn every release of sops agrees about who reads what.

import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { env } from "node:process"
import { expect, test } from "vitest"
import { Scene } from "../admin/scene.ts"
import { releases, Sandbox } from "./sops-program.ts"
import type { Release } from "./sops-program.ts"

interface Age {
    readonly release: Release
    /** `sops/users/x/key.json` and `sops/machines/x/key.json`. */
    readonly keyFile: (recipient: string) => string
    readonly mode: number
    /** What a file of that time looks like beyond what this release of sops writes. */
    readonly reshape: (document: string) => string
}

const list = (recipient: string): string =>
    JSON.stringify([{ publickey: recipient, type: "age" }], undefined, 2)

/** sops 3.7: a null for each kind of key that is not used, the recipient first, and a suffix that means nothing here. */
function as2023(document: string): string {
    const { data, sops }: { data: string; sops: Record<string, unknown> & { age: Entry[] } } =
        JSON.parse(document)
    const { age, lastmodified, mac } = sops
    const old = {
        kms: null,
        gcp_kms: null,
        azure_kv: null,
        hc_vault: null,
        age: age.map(({ recipient, enc }) => ({ recipient, enc })),
        lastmodified,
        mac,
        pgp: null,
        unencrypted_suffix: "_unencrypted",
        version: "3.7.3",
    }
    // Clan's own repository has files without a final newline.
    return JSON.stringify({ data, sops: old }, undefined, "\t")
}
interface Entry {
    readonly recipient: string
    readonly enc: string
}

const ages: Record<string, Age> = {
    2023: {
        release: "sops-3.9.4",
        keyFile: (recipient) => `${JSON.stringify({ publickey: recipient, type: "age" }, undefined, 2)}\n`,
        mode: 0o644,
        reshape: as2023,
    },
    2025: { release: "sops-3.9.4", keyFile: list, mode: 0o755, reshape: (document) => document },
    2026: { release: "sops", keyFile: list, mode: 0o755, reshape: (document) => document },
}

const people = ["alice", "bob"] as const
const hosts = ["web01", "web02"] as const

/** A repository of some age, and what clan does to it. */
class ClanRepository extends Scene {
    readonly #age: Age
    readonly sandbox = new Sandbox()

    constructor(age: Age) {
        super()
        this.#age = age
        this.#write(".clan-flake", "")
        for (const name of people) this.#keyFile("users", name)
        for (const name of hosts) this.#keyFile("machines", name)
        this.link("sops/groups/admins/users/alice")
        this.link("sops/groups/admins/users/bob")
    }

    #write(path: string, text: string, mode = 0o644): void {
        mkdirSync(dirname(join(this.tree, path)), { recursive: true })
        writeFileSync(join(this.tree, path), text)
        chmodSync(join(this.tree, path), mode)
    }

    #keyFile(folder: string, name: string): void {
        this.#write(
            `sops/${folder}/${name}/key.json`,
            this.#age.keyFile(this.key(name).recipient),
            this.#age.mode,
        )
    }

    /** `…/users/alice`, a relative link to the directory. */
    link(path: string): void {
        const [kind = "", name = ""] = path.split("/").slice(-2)
        mkdirSync(dirname(join(this.tree, path)), { recursive: true })
        symlinkSync(relative(dirname(path), `sops/${kind}/${name}`), join(this.tree, path))
    }

    /** What clan calls sops with: one rule, with the keys of these readers. */
    #manifest(readers: readonly string[]): string {
        const path = join(this.directory, "manifest.json")
        const age = readers.map((name) => this.key(name).recipient)
        writeFileSync(path, JSON.stringify({ creation_rules: [{ key_groups: [{ age }] }] }))
        return path
    }

    #sops(args: readonly string[], as = "alice"): void {
        const variables = { PATH: env["PATH"], HOME: this.directory, SOPS_AGE_KEY: this.key(as).secret }
        execFileSync(this.#age.release, [...args], { cwd: this.tree, env: variables, stdio: "pipe" })
    }

    /** `clan secrets set`, and what it makes of vars. */
    set(folder: string, value: string, readers: readonly string[], links: readonly string[]): void {
        this.#write(`${folder}/secret`, value)
        const file = join(this.tree, folder, "secret")
        const types = ["--input-type", "binary", "--output-type", "binary", "--in-place"]
        this.#sops(["--config", this.#manifest(readers), "encrypt", ...types, file])
        writeFileSync(file, this.#age.reshape(readFileSync(file, "utf8")))
        for (const link of links) this.link(`${folder}/${link}`)
    }

    /** `clan secrets … add-secret`: a link, and updatekeys. */
    share(folder: string, readers: readonly string[], link: string): void {
        this.link(`${folder}/${link}`)
        const file = join(this.tree, folder, "secret")
        const types = ["--input-type", "binary"]
        this.#sops(["--config", this.#manifest(readers), "updatekeys", "--yes", ...types, file])
        this.commit()
    }

    commit(): void {
        this.git("add", "--all")
        this.git("commit", "--quiet", "--message=clan")
    }

    /** Every release of sops opens this with the keys of these readers, and with no other. */
    async mustBeRead(folder: string, value: string, readers: readonly string[]): Promise<void> {
        const document = readFileSync(join(this.tree, folder, "secret"))
        for (const release of releases) {
            for (const name of [...people, ...hosts]) {
                const plain = this.sandbox.decrypt(release, document, "binary", this.key(name).secret)
                if (readers.includes(name))
                    expect((await plain).toString(), `${release}, ${name}`).toBe(value)
                else await expect(plain, `${release}, ${name}`).rejects.toThrow()
            }
        }
    }

    /** A command of ours, after which everything agrees. */
    async ours(...words: string[]): Promise<string> {
        const ended = await this.inside(words)
        expect(ended, words.join(" ")).toMatchObject({ code: 0 })
        expect(await this.inside(["verify", "--decrypt"]), words.join(" ")).toMatchObject({ code: 0 })
        this.mustBeClean()
        return ended.out
    }
}

const [wifi, vpn, ca] = ["sops/secrets/wifi", "sops/secrets/vpn", "vars/shared/ca/key"]
const password = "vars/per-machine/web01/root-password/password"
const perExport = "vars/per-export/mesh/wireguard/private"

test.each(Object.keys(ages))(
    "a repository of %s, used by clan and hostseal in turn",
    { timeout: 120_000 },
    async (year) => {
        const age = ages[year]
        if (age === undefined) throw new Error("no such age")
        using clan = new ClanRepository(age)
        clan.set(wifi, "CANARY wifi\n", ["alice", "web01"], ["users/alice", "machines/web01"])
        clan.set(vpn, "CANARY vpn", ["alice", "bob"], ["groups/admins"])
        clan.set(ca, "CANARY ca", ["alice", "bob", "web01"], ["users/alice", "users/bob", "machines/web01"])
        clan.set(password, "CANARY password", ["alice", "bob", "web01"], ["groups/admins", "machines/web01"])
        clan.set(perExport, "CANARY export", ["alice", "bob"], ["users/alice", "users/bob"])
        clan.commit()

        expect(await clan.ours("list")).toBe("vpn\nwifi\n")
        expect(await clan.ours("get", "wifi")).toBe("CANARY wifi\n")
        expect(await clan.ours("users", "list")).toBe("alice\nbob\n")
        expect(await clan.ours("machines", "get", "web01")).toBe(`${clan.key("web01").recipient}\n`)
        expect(await clan.ours("groups", "list")).toBe("admins\nusers:\n  alice\n  bob\n\n")
        const before = readFileSync(join(clan.tree, wifi, "secret"), "utf8")

        await clan.ours("users", "add-secret", "bob", "wifi")
        await clan.mustBeRead(wifi, "CANARY wifi\n", ["alice", "bob", "web01"])
        // Nothing but bob's entry is new.
        const [head = "", tail = ""] = before.split(/(?<=\})\n\t\t\],/u)
        const after = readFileSync(join(clan.tree, wifi, "secret"), "utf8")
        expect(after.endsWith(tail)).toBe(true)
        for (const line of head.split("\n").filter((each) => each.includes('"enc"') || each.includes("null")))
            expect(after).toContain(line.replace(/,$/u, ""))

        clan.share(wifi, ["alice", "bob", "web01", "web02"], "machines/web02")
        await clan.ours("get", "wifi")
        await clan.mustBeRead(wifi, "CANARY wifi\n", ["alice", "bob", "web01", "web02"])

        // What clan has granted is a question where all is encrypted anew.
        const asked = await clan.inside(["users", "remove", "bob"])
        expect(asked).toMatchObject({ code: 1, err: expect.stringContaining("machine web02 would gain") })
        clan.mustBeClean()
        // Whoever goes, goes from vars too, those per export included.
        await clan.ours("users", "remove", "bob", "--accept", "machine:web02")
        await clan.mustBeRead(wifi, "CANARY wifi\n", ["alice", "web01", "web02"])
        await clan.mustBeRead(vpn, "CANARY vpn", ["alice"])
        await clan.mustBeRead(ca, "CANARY ca", ["alice", "web01"])
        await clan.mustBeRead(password, "CANARY password", ["alice", "web01"])
        await clan.mustBeRead(perExport, "CANARY export", ["alice"])

        clan.share(vpn, ["alice", "web02"], "machines/web02")
        await clan.mustBeRead(vpn, "CANARY vpn", ["alice", "web02"])
        await clan.ours("machines", "remove", "web02")
        await clan.mustBeRead(vpn, "CANARY vpn", ["alice"])
        await clan.mustBeRead(wifi, "CANARY wifi\n", ["alice", "web01"])
        clan.sandbox.remove()
    },
)
