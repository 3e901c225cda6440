// Every shape of a configuration that is edited here is read by the real sops as it is meant: it encrypts for whom the
// changed rules name.

import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { env } from "node:process"
import { afterAll, expect, test } from "vitest"
import { generateIdentity } from "../../agent/age/identity.ts"
import { readConfig, ruleFor } from "../../agent/sops/config/config.ts"
import { editConfig } from "../../agent/sops/config/edit/edit.ts"
import type { Wish } from "../../agent/sops/config/edit/edit.ts"
import { parseDocument, recipientsOf } from "../../agent/sops/document.ts"
import { filled, keysWith } from "../admin/shapes/keys.ts"
import { misread } from "../admin/shapes/misread.ts"
import { mistaken } from "../admin/shapes/mistaken.ts"
import { written } from "../admin/shapes/written.ts"
import { file, tree } from "./ruled-tree.ts"

const pgp = "0123456789ABCDEF0123456789ABCDEF01234567"
const keys = keysWith(pgp, `${pgp.slice(0, -1)}8`)
const { recipient } = generateIdentity()
const more = generateIdentity().recipient

/** For whom sops encrypts a new file; undefined where nobody here can, because of a PGP or a cloud key, or of no rule. */
async function readersBySops(path: string): Promise<ReadonlySet<string> | undefined> {
    const args = [
        "--config",
        ".sops.yaml",
        "encrypt",
        "--input-type=yaml",
        "--output-type=json",
        "--filename-override",
    ]
    const home = { PATH: env["PATH"], HOME: join(tree, ".git"), GNUPGHOME: join(tree, ".git") }
    const ended = spawnSync("sops", [...args, path], { cwd: tree, env: home, input: "a: CANARY\n" })
    if (ended.status !== 0) {
        expect(String(ended.stderr)).toMatch(/PGP|pgp|kms|KMS|no matching creation rules|no keys/u)
        return undefined
    }
    return new Set(recipientsOf(await parseDocument(ended.stdout, "json")))
}

let compared = 0
afterAll(() => expect(compared).toBeGreaterThan(200))

const shapes = [...written, ...mistaken, ...misread].filter(({ refused }) => refused !== true)

test.each(shapes.map((shape) => [shape.about, shape] as const))("%s", async (_, { config: text, files }) => {
    const source = filled(text, keys)
    const before = readConfig(source)
    const rules = before.rules.map((__, number) => number)
    const define = {
        name: "new",
        text: recipient,
        beside: before.keys.map((key) => key.recipient).slice(0, 1),
    }
    const wishes: Wish[] = [
        { define, admit: { rules, keys: [recipient] } },
        { extend: { keys: [recipient], by: [more] } },
        ...before.keys
            .slice(0, 2)
            .map((key): Wish => ({ dismiss: { keys: [key.recipient], name: key.name ?? "" } })),
    ]
    let now = source
    for (const wish of wishes) {
        try {
            now = editConfig(now, wish).source
        } catch {
            continue
        }
        file(".sops.yaml", now)
        const config = readConfig(now)
        for (const path of Object.keys(files)) {
            const found = await readersBySops(path)
            if (found === undefined) continue
            expect(found, now).toEqual(new Set(ruleFor(config, path)?.groups.flat()))
            compared++
        }
    }
})
