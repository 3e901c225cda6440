// Manifests for tests, spelt as the NixOS module of sops-nix spells them (docs/sops-nix-contract.md#manifest).

export interface WrittenEntry {
    readonly name: string
    readonly [field: string]: unknown
}

/** A secret with every field that the module writes. */
export function writtenSecret(fields: WrittenEntry): Record<string, unknown> {
    return {
        format: "binary",
        gid: 0,
        group: null,
        key: fields.name,
        mode: "0400",
        neededForUsers: false,
        owner: null,
        path: `/run/secrets/${fields.name}`,
        reloadUnits: [],
        restartUnits: [],
        sopsFile: `/nix/store/abc-${fields.name.replaceAll("/", "-")}`,
        sopsFileHash: "e1556cc6",
        uid: 0,
        ...fields,
    }
}

/** A template with every field that the module writes. */
export function writtenTemplate(fields: WrittenEntry): Record<string, unknown> {
    return {
        content: "text",
        file: null,
        gid: 0,
        group: null,
        mode: "0400",
        owner: null,
        path: `/run/secrets/rendered/${fields.name}`,
        reloadUnits: [],
        restartUnits: [],
        uid: 0,
        ...fields,
    }
}

/** A manifest with every field that the module writes. */
export function writtenManifest(fields: Record<string, unknown> = {}): Record<string, unknown> {
    return {
        ageKeyFile: null,
        ageSshKeyPaths: ["/etc/ssh/ssh_host_ed25519_key"],
        gnupgHome: null,
        keepGenerations: 1,
        logging: { keyImport: true, secretChanges: true },
        placeholderBySecretName: {},
        secrets: [],
        secretsMountPoint: "/run/secrets.d",
        sshKeyPaths: [],
        symlinkPath: "/run/secrets",
        templates: [],
        useTmpfs: false,
        userMode: false,
        ...fields,
    }
}

export function asBytes(manifest: Record<string, unknown>): Buffer {
    return Buffer.from(JSON.stringify(manifest))
}
