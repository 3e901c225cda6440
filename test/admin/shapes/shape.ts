// How the tables of shapes are written.

/** A repository with a `.sops.yaml`, small, and what is to be said of it. `@alice` stands for the key of Alice. */
export interface Shape {
    readonly about: string
    readonly config: string
    /**
     * Encrypted files by path, and for whom each is: names, with ` / ` between key groups, and behind ` | ` what is
     * encrypted, as the file says it. Of `=` the text follows: a file that is not encrypted.
     */
    readonly files: Readonly<Record<string, string>>
    /** The problems that `verify` finds, as `missing-recipient secrets/a.yaml`. */
    readonly finds?: readonly string[]
    readonly notes?: readonly string[]
    /** The problems that are left after `key update`, which has no way to mend them. */
    readonly left?: readonly string[]
    /** Who can open each file after it; where nothing is found, those for whom the files are. */
    readonly opens?: Readonly<Record<string, string>>
    /** Names of users and machines as they are told apart: `alice | web`. */
    readonly who?: string
    /** Sops would write the same keys in another way. */
    readonly respelled?: boolean
    /** Sops refuses the whole configuration, or every file. */
    readonly refused?: boolean
}

/** A configuration of four named keys, and rules for those who are named, in this order. */
export function rules(named: Readonly<Record<string, string>>, before = keys): string {
    const entries = Object.entries(named).map(([pattern, names]) => rule(pattern, names))
    return `${before}creation_rules:\n${entries.join("")}`
}

/** A rule for anchors, as most write it. */
export function rule(pattern: string, names: string): string {
    const aliases = names.split(" ").map((name) => `          - *${name}\n`)
    return `  - path_regex: ${pattern}\n    key_groups:\n      - age:\n${aliases.join("")}`
}

export const keys = "keys:\n  - &alice @alice\n  - &bob @bob\n  - &web @web\n  - &db @db\n"
