import { globSync } from "node:fs"

/** The files that decide, by room. What only prints, reads options or calls others is in no room. */
const files: Readonly<Record<string, readonly string[]>> = {
    repo: ["agent/repo/**/*.ts"],
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

/**
 * Where the tests of a room are, the quick ones first. What decides for whole commands is held by whole command lines, too:
 * the last ones, slow as they are, are asked only when all others have seen nothing.
 */
const tests: Readonly<Record<string, readonly string[]>> = {
    repo: ["test/repo/", "test/admin/change/", "test/admin/named.test.ts", "test/admin/scripts.test.ts"],
    machine: ["test/machine/", "test/machine/killed.test.ts", "test/machine/commands/run.test.ts"],
    change: [
        "test/admin/change/",
        "test/admin/named.test.ts",
        "test/admin/planted.test.ts",
        "test/admin/crash.test.ts",
        "test/admin/scripts.test.ts",
    ],
}

/** The beginnings of the paths of a room's tests. */
export function testsOf(room: string): readonly string[] {
    return tests[room] ?? [`test/${room}/`]
}
