// What the programs are most often called for, to be rehearsed while they are built. Keys are the same in every
// build, so that no branch is taken by chance; they open nothing but what the scene itself seals.

import { createPrivateKey } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { encodeBech32 } from "../age/bech32.ts"
import { parseIdentity } from "../age/identity.ts"
import { parseRecipient } from "../age/recipient.ts"
import { sshToAgeRecipient } from "../age/ssh/edwards.ts"
import { sshStrings } from "../age/ssh/wire.ts"
import type { Format } from "../sops/format.ts"
import { sealBinary, sealTree } from "../sops/seal.ts"
import { ageTarget } from "../sops/target.ts"

/** Prepares a directory in memory that is empty. */
export type Scene = (directory: string) => Promise<Play>

/** What is rehearsed. */
export interface Play {
    /** What the program is called with, one after the other. */
    readonly commands: readonly (readonly string[])[]
    /** What the files of the machine are taken for, by their paths: whoever builds has another machine, and no say in it. */
    readonly props?: Readonly<Record<string, string>>
}

/** Where the admin of the repository's scene has a private key, below the directory. */
export const keyFile = "keys.txt"

/** An installation, like that of a boot. Only root could mount something: it is mounted already. */
export const installScene: Scene = async (directory) => {
    const at = (name: string): string => join(directory, name)
    const [host, other] = [hostKey(1), hostKey(2)]
    writeFileSync(at("host_key"), host.file, { mode: 0o600 })
    writeFileSync(at("binary"), await seal("CANARY", "binary", other.recipient, host.recipient))
    writeFileSync(at("yaml"), await seal("text: CANARY\nnested:\n    number: 1\n", "yaml", host.recipient))
    const [symlinkPath, mountPoint] = [at("secrets"), at("secrets.d")]
    const [uid, gid] = [process.getuid?.(), process.getgid?.()]
    const entry = {
        owner: "somebody",
        group: "keys",
        uid: 0,
        gid: 0,
        mode: "0400",
        reloadUnits: [],
        restartUnits: [],
    }
    const secret = (name: string, fields: object): object => ({
        ...entry,
        name,
        key: name,
        path: `${symlinkPath}/${name}`,
        neededForUsers: false,
        sopsFileHash: "e1556cc6",
        ...fields,
    })
    // Every field that the modules write.
    const manifest = {
        ageKeyFile: null,
        ageSshKeyPaths: [at("host_key")],
        gnupgHome: null,
        keepGenerations: 1,
        logging: { keyImport: true, secretChanges: true },
        placeholderBySecretName: { binary: "<SOPS:binary:PLACEHOLDER>" },
        secrets: [
            secret("binary", {
                sopsFile: at("binary"),
                format: "binary",
                owner: null,
                uid,
                group: null,
                gid,
            }),
            secret("text", { sopsFile: at("yaml"), format: "yaml", path: at("elsewhere") }),
            secret("number", { sopsFile: at("yaml"), format: "yaml", key: "nested/number" }),
        ],
        secretsMountPoint: mountPoint,
        sshKeyPaths: [],
        symlinkPath,
        templates: [
            {
                ...entry,
                name: "template",
                content: "<SOPS:binary:PLACEHOLDER>",
                file: null,
                path: `${symlinkPath}/rendered/template`,
            },
        ],
        useTmpfs: false,
        userMode: false,
    }
    writeFileSync(at("manifest.json"), JSON.stringify(manifest))
    const props = {
        "/proc/self/mountinfo": `1 0 0:1 / ${mountPoint} rw,nosuid,nodev,noexec - tmpfs none rw,noswap,mode=751\n`,
        "/etc/passwd": `somebody:x:${uid}:${gid}::/:/bin/sh\n`,
        "/etc/group": `keys:x:${gid}:\n`,
    }
    return { commands: [["install", at("manifest.json")]], props }
}

/** What an admin does every day, in a repository without git, which may not be there. */
export const repositoryScene: Scene = (directory) => {
    const at = (name: string): string => join(directory, name)
    const [alice, bob] = [ageKey(1), ageKey(2)]
    writeFileSync(at(keyFile), `${alice.secret}\n`, { mode: 0o600 })
    writeFileSync(at("value"), "CANARY")
    mkdirSync(at("sops"))
    const commands = [
        ["users", "add", "alice", alice.recipient],
        ["users", "add", "bob", bob.recipient],
        ["groups", "add-user", "team", "alice"],
        ["set", "--group", "team", "--file", at("value"), "wifi"],
        ["groups", "add-user", "team", "bob"],
        ["groups", "remove-user", "team", "bob"],
        ["get", "wifi"],
        ["list"],
        ["verify"],
    ]
    return Promise.resolve({ commands: commands.map((words) => [...words, "--flake", directory]) })
}

/** A private key whose bytes are all the same. */
function seedOf(byte: number): Buffer {
    return Buffer.alloc(32, byte)
}

function ageKey(byte: number): { readonly secret: string; readonly recipient: string } {
    const secret = encodeBech32("age-secret-key-", seedOf(byte)).toUpperCase()
    return { secret, recipient: parseIdentity(secret).recipient }
}

/** The SSH key of a host, as ssh-keygen writes it. */
function hostKey(byte: number): { readonly file: string; readonly recipient: string } {
    const seed = seedOf(byte)
    const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed])
    const { x = "" } = createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ format: "jwk" })
    const point = Buffer.from(x, "base64url")
    const blob = sshStrings("ssh-ed25519", point)
    const one = Buffer.from([0, 0, 0, 1])
    const pair = sshStrings("ssh-ed25519", point, Buffer.concat([seed, point]), "host")
    const section = Buffer.concat([one, one, pair])
    const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7]).subarray(0, (8 - (section.length % 8)) % 8)
    const body = Buffer.concat([
        Buffer.from("openssh-key-v1\0"),
        sshStrings("none", "none", ""),
        one,
        sshStrings(blob, Buffer.concat([section, padding])),
    ])
    const lines = body.toString("base64").match(/.{1,70}/gu) ?? []
    const label = "OPENSSH PRIVATE KEY"
    return {
        file: `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`,
        recipient: sshToAgeRecipient(`ssh-ed25519 ${blob.toString("base64")}`),
    }
}

async function seal(plaintext: string, format: Format, ...recipients: readonly string[]): Promise<Buffer> {
    const targets = recipients.map((text) => {
        const recipient = parseRecipient(text)
        if (recipient.kind === "unresolved plugin") throw new Error("a plugin cannot be used here")
        return ageTarget(recipient)
    })
    const [content, at] = [Buffer.from(plaintext), new Date()]
    return format === "binary" ? sealBinary(content, targets, at) : sealTree(content, format, targets, { at })
}
