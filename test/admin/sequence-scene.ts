// Random command lines in a scene: the repository that they begin with, and how each is given.

import { rmSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"
import { seal } from "../host.ts"
import type { Ended, Scene } from "./scene.ts"
import { atFirst, beginning, keyNames, linksOf, pathOf, readers } from "./sequence.ts"
import type { Step } from "./sequence.ts"

/** Makes the repository that is there at first. */
export async function begin(scene: Scene): Promise<void> {
    for (const name of keyNames) scene.key(name)
    for (const words of beginning)
        expect(await scene.inside(expanded(words, scene))).toMatchObject({ code: 0 })
    for (const [name, { value }] of atFirst.secrets) {
        const links = Object.entries(linksOf(atFirst)).filter(([path]) => path.startsWith(`${pathOf(name)}/`))
        await scene.plant(pathOf(name), value, [...readers(atFirst, name)], Object.fromEntries(links))
    }
    // The clone begins here: what was planted is taken on trust, and is no stranger's.
    rmSync(join(scene.tree, ".git/hostseal"), { recursive: true })
}

/** Gives a command line. */
export async function perform(scene: Scene, { as, words, stdin, sealed }: Step): Promise<Ended> {
    const input =
        sealed === undefined ? stdin : await seal(JSON.stringify(sealed), "json", scene.key(as).recipient)
    return scene.inside(expanded(words, scene), { as, stdin: input })
}

/** With public keys in the place of their names. */
function expanded(words: readonly string[], scene: Scene): readonly string[] {
    return words.map((word) => (word.startsWith("$") ? scene.key(word.slice(1)).recipient : word))
}
