// `verify --signed`, with real signatures.

import { execFileSync } from "node:child_process"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { allow, commit, isBad, isGood, keys, scene, touch, verdict } from "./signing.ts"

test("what those sign who may is good, and the commands of hostseal are signed as git is set to", async () => {
    commit("bob", "one")
    scene.git("config", "commit.gpgsign", "true")
    scene.git("config", "user.signingkey", join(keys, "alice.pub"))
    expect(await scene.inside(["set", "wifi"], { stdin: "CANARY" })).toMatchObject({ code: 0 })
    await isGood()
    expect(scene.git("config", "hostseal.verified").trim()).toBe(scene.git("rev-parse", "HEAD").trim())
})

describe("is not good:", () => {
    test("a commit that nobody signed", async () => {
        const id = commit(undefined, "unsigned")
        commit("alice", "on top of it")
        await isBad(id, /is not signed/u)
    })
    test("one of a stranger, also where git is told to trust everybody", async () => {
        writeFileSync(join(keys, "everybody"), `* ${readFileSync(join(keys, "mallory.pub"), "utf8")}`)
        scene.git("config", "gpg.ssh.allowedSignersFile", join(keys, "everybody"))
        scene.git("config", "gpg.ssh.program", "/bin/true")
        scene.git("config", "gpg.program", "/bin/true")
        scene.git("config", "gpg.ssh.program", "ssh-keygen")
        const id = commit("mallory", "strange")
        scene.git("config", "gpg.ssh.program", "/bin/true")
        await isBad(id, /not signed with a key that all of its parents let sign/u)
    })
    test("one by which somebody lets themselves in", async () => {
        allow("mallory", readFileSync(join(keys, "mallory.pub"), "utf8"))
        const id = commit("mallory", "let me in")
        commit("mallory", "I am in")
        await isBad(id, /not signed with a key that all of its parents let sign/u)
    })
    test("one of somebody who was taken out, whatever its date", async () => {
        rmSync(join(scene.tree, "sops/users/bob/signers"))
        commit("alice", "bob leaves")
        await isGood()
        const id = commit("bob", "I never left", "--date=2020-01-01T00:00:00Z")
        await isBad(id, /not signed with a key that all of its parents let sign/u)
    })
    test("one whose signature is of another commit", async () => {
        const good = commit("alice", "good")
        const raw = scene.git("cat-file", "commit", good).replace(/\n\ngood/u, "\n\nevil")
        writeFileSync(join(keys, "raw"), raw)
        const id = scene.git("hash-object", "-t", "commit", "-w", join(keys, "raw")).trim()
        scene.git("reset", "--quiet", "--hard", id)
        await isBad(id, /not signed with a key/u)
    })
    test("one that was made for another purpose: the namespace counts", async () => {
        const good = commit("alice", "good")
        const [head = "", message = ""] = scene.git("cat-file", "commit", good).split("\n\n")
        const payload = `${head.replace(/\ngpgsig [^]*?-----END SSH SIGNATURE-----/u, "")}\n\n${message}`
        writeFileSync(join(keys, "payload"), payload)
        execFileSync(
            "ssh-keygen",
            ["-q", "-Y", "sign", "-n", "file", "-f", join(keys, "alice"), join(keys, "payload")],
            { stdio: "ignore" },
        )
        const signature = readFileSync(join(keys, "payload.sig"), "utf8").trimEnd().replaceAll("\n", "\n ")
        rmSync(join(keys, "payload.sig"))
        writeFileSync(join(keys, "raw"), payload.replace("\n\n", `\ngpgsig ${signature}\n\n`))
        const id = scene.git("hash-object", "-t", "commit", "-w", join(keys, "raw")).trim()
        scene.git("reset", "--quiet", "--hard", id)
        await isBad(id, /not signed with a key/u)
    })
    test("a past that a replaced object hides", async () => {
        const id = commit(undefined, "unsigned")
        const tree = scene.git("rev-parse", `${id}^{tree}`).trim()
        const parent = scene.git("rev-parse", `${id}^`).trim()
        const signed = scene
            .git("commit-tree", `-S${join(keys, "alice.pub")}`, "-p", parent, "-m", "fair", tree)
            .trim()
        scene.git("replace", id, signed)
        commit("alice", "on top")
        await isBad(id, /is not signed/u)
    })
    test("a history that does not go on from what was good", async () => {
        const before = scene.git("rev-parse", "HEAD").trim()
        const lost = commit("alice", "good")
        await isGood()
        scene.git("reset", "--quiet", "--hard", before)
        const id = commit("bob", "instead")
        await isBad(id, new RegExp(`does not descend from ${lost.slice(0, 12)}`, "u"))
    })
    test("what is merged in from before the introduction", async () => {
        const introduction = scene.git("rev-parse", "HEAD").trim()
        scene.git("checkout", "--quiet", "-b", "side", "HEAD~1")
        touch("side")
        const id = commit("alice", "beside")
        scene.git("checkout", "--quiet", "main")
        scene.git(
            "merge",
            "--quiet",
            `--gpg-sign=${join(keys, "alice.pub")}`,
            "--no-ff",
            "-m",
            "merge",
            "side",
        )
        expect(introduction).not.toBe(scene.git("rev-parse", "HEAD").trim())
        await isBad(id, /does not descend from the introduction/u)
    })
    test("a clone without its whole past", async () => {
        commit("alice", "one")
        const introduction = scene.git("config", "hostseal.introduction").trim()
        scene.git("clone", "--quiet", "--depth=1", `file://${scene.tree}`, join(scene.directory, "shallow"))
        scene.git("-C", join(scene.directory, "shallow"), "config", "hostseal.introduction", introduction)
        const { code, err } = await scene.inside(["verify", "--signed"], {
            cwd: join(scene.directory, "shallow"),
        })
        expect({ code, err }).toMatchObject({
            code: 5,
            err: expect.stringContaining("not its whole history"),
        })
    })
    test("a clone that was told nothing", async () => {
        scene.git("config", "--unset", "hostseal.introduction")
        const { code, text } = await verdict()
        expect(code).toBe(5)
        expect(text).toContain("hint: hostseal introduce COMMIT FINGERPRINT")
    })
})
