// A small repository in which every command has something to say, and the lines that are run in it, in order.

import { mkdtempSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { generateIdentity } from "../../../agent/age/identity.ts"
import { repository } from "../repository.ts"
import { makeHost } from "../../host.ts"

const bob = generateIdentity().recipient
const carol = generateIdentity().recipient
const spare = generateIdentity().recipient

const random = { random: { chars: "alnum", length: 24 } }
const manifest = {
    version: 1,
    machines: {
        web01: {
            app: {
                share: false,
                dependencies: [],
                readers: { users: [], groups: ["admins"] },
                prompts: {},
                validation: null,
                files: { password: { secret: true, deploy: true, make: random } },
            },
        },
    },
}
const values = `{"web.token": "CANARY t", "web.key": "CANARY k"}`

/** The lines, by the words of their commands. */
export const lines: readonly string[] = [
    `users add bob ${bob}`,
    `machines add web01 --ssh-key $files/web01.pub --yes`,
    "groups add-user admins alice",
    "groups add-machine admins web01",
    "set wifi --group admins",
    "set --generate vpn",
    "set --from json --file $files/values.json",
    "get wifi",
    "list",
    "list --long",
    "list --unused",
    "list --older-than 0",
    "users add-secret bob wifi",
    "users remove-secret bob wifi",
    "machines add-secret web01 vpn",
    "machines remove-secret web01 vpn",
    "groups add-secret admins vpn",
    "groups remove-secret admins vpn",
    "grant vpn --user bob --dry-run",
    "grant vpn --user bob",
    "revoke vpn --user bob",
    "undo --accept user:bob",
    "rename vpn radio",
    "log radio",
    "bind --all",
    "generate --manifest $files/manifest.json --dry-run",
    "generate --manifest $files/manifest.json",
    "generate --manifest $files/manifest.json",
    "rotate --all --manifest $files/manifest.json --dry-run",
    "rotate --all --manifest $files/manifest.json --yes",
    "rotate --due --manifest $files/manifest.json",
    "vars check web01",
    "vars fix web01",
    "vars list web01",
    "vars get web01 app/password",
    "vars set web01 app/password",
    "list --vars",
    `users add-key bob ${spare}`,
    `users remove-key bob ${spare}`,
    `machines add-key web01 ${spare}`,
    `machines remove-key web01 ${spare}`,
    "users list",
    "users get bob",
    "machines list",
    "machines get web01",
    "machines needs web01",
    "groups list",
    "users rename bob rob",
    "groups rename admins ops",
    "machines rename web01 web02",
    "key show",
    "key update",
    "status",
    "verify",
    "verify --decrypt",
    "audit secret wifi",
    "audit user rob",
    "audit user rob --ever",
    "audit machine web02",
    "audit group ops",
    "audit post-quantum",
    "debt",
    "graph",
    "doctor",
    "machines status",
    "export-rules",
    "git-setup --dry-run",
    "machines bootstrap web03 --output $files/web03",
    `users add carol ${carol}`,
    "offboard rob --dry-run",
    "offboard rob --yes",
    "groups remove-machine ops web02",
    "groups add-user ops carol",
    "groups remove-user ops carol",
    "users remove carol",
    "machines remove web02",
    "remove wifi",
]

/** What a line printed. */
export interface Printed {
    readonly line: string
    readonly code: number
    readonly out: string
    readonly err: string
}

/** Runs all lines with `--json` in a repository below `root`. */
export async function runAll(root: string): Promise<readonly Printed[]> {
    const repo = await repository(root)
    const files = mkdtempSync(join(root, "files-"))
    writeFileSync(join(files, "web01.pub"), `${makeHost().publicLine} root@web01\n`)
    writeFileSync(join(files, "manifest.json"), JSON.stringify(manifest))
    writeFileSync(join(files, "values.json"), values)
    const printed: Printed[] = []
    for (const line of lines) {
        const argv = [...line.replaceAll("$files", files).split(" "), "--json"]
        const env = { ...repo.env, SOPS_NIX_SECRET: "CANARY", TMPDIR: files }
        printed.push({ line, ...(await repo.run(argv, { env })) })
    }
    return printed
}
