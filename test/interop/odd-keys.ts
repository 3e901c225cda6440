// Keys of machines: whoever can read them, wherever they lie, whatever stands around them.

import { manifest } from "./odd-runs.ts"
import type { RandomRun } from "./random-manifests.ts"

const copy = (mode: string, owner: string, to: string): string =>
    `mkdir -p $(dirname ${to}); install -m ${mode} -o ${owner.split(":")[0]} -g ${owner.split(":")[1]} /run/keys/age.txt ${to}`
const home = "/run/keys/home/alice"
const keyFile = (mode: string, owner: string, path = "/run/keys/own.txt"): RandomRun[] =>
    manifest({ ageSshKeyPaths: [], ageKeyFile: path }, { before: copy(mode, owner, path) })
const sshKey = (script: string): RandomRun[] =>
    manifest(
        { ageSshKeyPaths: ["/run/keys/own"] },
        { before: `cp /run/keys/ssh_host_ed25519_key /run/keys/own; chmod 0600 /run/keys/own; ${script}` },
    )

/** By name, what runs on one machine. */
export const oddKeys: Readonly<Record<string, readonly RandomRun[]>> = {
    "a key file 0400": keyFile("0400", "0:0"),
    "a key file 0640 of root and keys": keyFile("0640", "0:96"),
    "a key file 0644": keyFile("0644", "0:0"),
    "a key file 0666": keyFile("0666", "0:0"),
    "a key file 0604 of a user": keyFile("0604", "1000:100"),
    "a key file in a home": keyFile("0600", "1000:100", `${home}/.config/sops/age/keys.txt`),
    "a key file through a link": manifest(
        { ageSshKeyPaths: [], ageKeyFile: "/run/keys/link" },
        { before: "ln -s age.txt /run/keys/link" },
    ),
    "a key file through a link of a user": manifest(
        { ageSshKeyPaths: [], ageKeyFile: "/run/keys/link" },
        { before: "ln -s age.txt /run/keys/link; chown -h 1000:100 /run/keys/link" },
    ),
    "a key file with comments, blank lines and CRLF": manifest(
        { ageSshKeyPaths: [], ageKeyFile: "/run/keys/own.txt" },
        {
            before: String.raw`{ printf '# a comment\r\n\r\n'; sed 's/$/\r/' /run/keys/age.txt; } > /run/keys/own.txt`,
        },
    ),
    "a key file with two keys": manifest(
        { ageSshKeyPaths: [], ageKeyFile: "/run/keys/own.txt" },
        { before: "age-keygen 2>/dev/null > /run/keys/own.txt; cat /run/keys/age.txt >> /run/keys/own.txt" },
    ),
    "a key file without a line end": manifest(
        { ageSshKeyPaths: [], ageKeyFile: "/run/keys/own.txt" },
        { before: 'printf %s "$(cat /run/keys/age.txt)" > /run/keys/own.txt' },
    ),
    "a key file and the SSH key": manifest({ ageKeyFile: "/run/keys/age.txt" }),
    "a key file that opens nothing, beside one that does": manifest(
        { ageKeyFile: "/run/keys/own.txt" },
        { before: "age-keygen 2>/dev/null > /run/keys/own.txt" },
    ),
    "an SSH key 0644": sshKey("chmod 0644 /run/keys/own"),
    "an SSH key 0640 of a group": sshKey("chmod 0640 /run/keys/own; chgrp 900 /run/keys/own"),
    "an SSH key of a user": sshKey("chown 1000:100 /run/keys/own"),
    "an SSH key with text around it": sshKey(
        "{ echo note; cat /run/keys/ssh_host_ed25519_key; echo end; } > /run/keys/own",
    ),
    "an SSH key with CRLF": sshKey(String.raw`sed 's/$/\r/' /run/keys/ssh_host_ed25519_key > /run/keys/own`),
    "an SSH key twice": manifest({
        ageSshKeyPaths: ["/run/keys/ssh_host_ed25519_key", "/run/keys/ssh_host_ed25519_key"],
    }),
    "a key in the environment": manifest(
        { ageSshKeyPaths: [] },
        { environment: { SOPS_AGE_KEY_FILE: "/run/keys/age.txt" } },
    ),
    "a key in the home of the environment": manifest(
        { ageSshKeyPaths: [] },
        {
            environment: { HOME: home },
            before: copy("0600", "1000:100", `${home}/.config/sops/age/keys.txt`),
        },
    ),
    "an SSH key in the home of the environment": manifest(
        { ageSshKeyPaths: [] },
        {
            environment: { HOME: home },
            before: `mkdir -p ${home}/.ssh; cp /run/keys/ssh_host_ed25519_key ${home}/.ssh/id_ed25519`,
        },
    ),
}
