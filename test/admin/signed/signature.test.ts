import { execFileSync } from "node:child_process"
import { describe, expect, test } from "vitest"
import { allow, commit, fingerprints, gnupg, isBad, isGood, pgp, scene } from "./signing.ts"

describe("PGP", () => {
    const sign = (message: string): string => {
        scene.git("add", "--all")
        const env = { ...process.env, GNUPGHOME: gnupg, GIT_CONFIG_NOSYSTEM: "1", HOME: scene.directory }
        const args = [
            "-c",
            "gpg.format=openpgp",
            "commit",
            "-q",
            "--allow-empty",
            `-S${pgp.fingerprint}`,
            "-m",
            message,
        ]
        execFileSync("git", args, { cwd: scene.tree, env })
        return scene.git("rev-parse", "HEAD").trim()
    }
    test("keys may sign too, when they are named whole", async () => {
        const strange = sign("strange")
        await isBad(strange, /not signed with a key/u)
        scene.git("reset", "--quiet", "--hard", "HEAD~1")
        allow("carol", pgp.armour)
        commit("alice", "carol may")
        sign("carol does")
        await isGood()
        scene.git("config", "gpg.program", "/bin/false")
        await isGood()
    })
    test("keys may introduce", async () => {
        allow("carol", pgp.armour)
        const id = sign("introduction")
        expect(await scene.inside(["introduce", id, fingerprints.get("alice") ?? ""])).toMatchObject({
            code: 1,
        })
        expect(await scene.inside(["introduce", id, pgp.fingerprint.slice(-16)])).toMatchObject({ code: 2 })
        expect(await scene.inside(["introduce", id, pgp.fingerprint])).toMatchObject({ code: 0 })
        commit("bob", "goes on")
        await isGood()
    })
})
