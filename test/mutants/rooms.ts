import { globSync } from "node:fs"

/** The files that decide, by room. What only prints, reads options or calls others is in no room. */
const files: Readonly<Record<string, readonly string[]>> = {
    repo: ["agent/repo/*.ts"],
    sops: [
        "agent/sops/{open,unlock,walk,rotate,rewrap,metadata,selection,shamir,lookup,bind,binding}.ts",
        "agent/sops/value/*.ts",
    ],
    age: [
        "agent/age/{file,x25519,header,payload,hybrid,identity-file,identity,recipient}.ts",
        "agent/age/ssh/ed25519.ts",
    ],
    machine: [
        "agent/machine/{install,open-secrets,units,identities,owners,lock}.ts",
        "agent/machine/generation/*.ts",
        "agent/machine/manifest/rules.ts",
    ],
    os: ["agent/os/{key-file,regular-file,children}.ts"],
    change: ["agent/admin/change/{mutation,make,staging,journal,lock,plan,agree}.ts"],
}

export const rooms = Object.keys(files)

/** The files of a room, in order. */
export function filesOf(room: string, root: string): string[] {
    return globSync([...(files[room] ?? [])], { cwd: root }).toSorted()
}
