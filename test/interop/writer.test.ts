// What somebody who may write to the repository can open with the real sops, after a command of somebody else.

import { execFileSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { Scene } from "../admin/scene.ts"
import { attack, attacks, beginning } from "../admin/writer.ts"

let origin: Scene
beforeAll(async () => {
    origin = new Scene()
    await beginning(origin)
    expect(opened(origin), "what is hers").toBe("CANARY PUBLIC\n")
})
afterAll(() => origin[Symbol.dispose]())

test.each(Object.keys(attacks))("sops opens for her nothing of s1, after %s", async (name) => {
    for (const [words, stdin] of [
        [["groups", "add-user", "admins", "carol"], ""],
        [["groups", "remove-user", "admins", "bob"], ""],
        [["set", "s1"], "CANARY NEW"],
        [["key", "update", "--yes"], ""],
    ] as const) {
        using scene = new Scene(origin)
        await attack(scene, name)
        await scene.inside(words, { stdin })
        expect(opened(scene), words.join(" ")).not.toMatch(/TOP|NEW/u)
    }
})

/** All that her key opens. Her home is set too: sops looks for keys there besides those that it is given. */
function opened(scene: Scene): string {
    const env = { ...scene.env({ as: "mallory" }), XDG_CONFIG_HOME: undefined }
    const folder = join(scene.tree, "sops/secrets")
    return readdirSync(folder)
        .map((name) => {
            const file = join(folder, name, "secret")
            const types = ["--input-type", "json", "--output-type", "binary"]
            try {
                return execFileSync("sops", ["decrypt", ...types, file], {
                    env,
                    encoding: "utf8",
                    stdio: ["ignore", "pipe", "ignore"],
                })
            } catch {
                return ""
            }
        })
        .join("\n")
}
