// The drop-in: the same configurations through the modules of sops-nix and through ours. What differs is meant to
// differ, and docs/differences.md says why.

import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { env } from "node:process"
import { beforeAll, describe, expect, inject, test } from "vitest"
import { differences, differentialSchema } from "./differential.ts"
import type { Difference } from "./differential.ts"
import { evaluateNix, imported } from "./nix.ts"

interface Intended {
    /** The heading in docs/differences.md. */
    readonly why: string
    readonly system: RegExp
    readonly place: RegExp
    /** Whether something that sops-nix has may be missing there, or be replaced. */
    readonly replaces: boolean
}

const installer = "units\\.texts\\.sops-install-secrets(?:-for-users)?\\.service"
const add = (why: string, place: string, system = "nixos"): Intended => ({
    why,
    system: new RegExp(`^(?:${system})$`, "u"),
    place: new RegExp(`^(?:${place})$`, "u"),
    replaces: false,
})
const replace = (why: string, place: string, system = "nixos"): Intended => ({
    ...add(why, place, system),
    replaces: true,
})

const intended: readonly Intended[] = [
    add("One more key in the manifest", "(?:m|usersM)anifest\\.hostseal\\..*", ".*"),
    replace("Secrets for LoadCredential", "loadCredential\\..*"),
    replace("Units by default", "activationScripts\\.(?:setupSecrets|generate-age-key)\\..*"),
    replace("One switch for all secrets", "activationScripts\\.setupSecretsForUsers\\..*"),
    add("Units by default", `${installer}\\.(?:ExecStart|Type|RemainAfterExit|DefaultDependencies)`),
    add("Units by default", "units\\.links\\.sysinit\\.target\\.wants/sops-install-secrets\\.service\\..*"),
    add(
        "Ready before sysinit.target, gone at shutdown",
        `${installer}\\.(?:After|Before|Conflicts)|units\\.links\\.sysinit-reactivation\\..*`,
    ),
    add("Ready before sysinit.target, gone at shutdown", "warnings"),
    add(
        "A target to wait for",
        "units\\.(?:texts\\.sops-secrets\\.target\\..*|links\\..*/sops-secrets\\.target\\..*)",
    ),
    add(
        "Units that may do little",
        `${installer}\\.(?:CapabilityBoundingSet|Description|LimitCORE|LockPersonality|NoNewPrivileges|KeyringMode|PrivateNetwork|Protect\\w+|Read(?:Write|Only)Paths|Restrict[A-Z]\\w+|SystemCall\\w+|TimeoutStartSec|UMask|UnsetEnvironment)`,
    ),
    add(
        "Memory is mounted by a unit",
        `units\\.texts\\.run-secrets.*\\.mount\\..*|units\\..*sops-secrets-memory.*|${installer}\\.RequiresMountsFor`,
    ),
    add(
        "A key that comes late",
        `${installer}\\.(?:Restart|RestartSec|RestartPreventExitStatus|WantsMountsFor)`,
    ),
    // Wanted and not required.
    replace("A key that comes late", `${installer}\\.RequiresMountsFor`),
    add(
        "Keys are made first",
        `${installer}\\.Wants|units\\.texts\\.(?:sops-generate-age-key|sshd-keygen)\\.service\\..*`,
    ),
    replace("GnuPG only when it is asked for", `${installer}\\.Environment`),
    replace("Placeholders go by the name of the file", "(?:m|usersM)anifest\\.placeholderBySecretName\\..*"),
    replace("A template's file wins over its content", "manifest\\.templates\\..*\\.content"),
    replace(
        "Homes",
        "activation.*|agent\\.config\\.EnvironmentVariables\\.PATH|unit\\.Service\\.(?:Environment|UnsetEnvironment)",
        "home-manager",
    ),
    replace("Macs", "daemons\\..*\\.command|postActivation", "nix-darwin"),
]

const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "differences.md"), "utf8")
const headings = new Set(page.split("\n").flatMap((line) => (line.startsWith("## ") ? [line.slice(3)] : [])))

test.each(intended.map(({ why }) => why))("docs/differences.md explains: %s", (why) => {
    expect(headings).toContain(why)
})

const nix = inject("nix")
const sopsNix = env["SOPS_NIX"]
const possible = nix !== undefined && sopsNix !== undefined && existsSync(join(sopsNix, "modules", "sops"))
if (!possible)
    console.error(
        "SKIPPED: the comparison with the modules of sops-nix. It needs Nix and a copy of github:Mic92/sops-nix: " +
            "SOPS_NIX=/path/to/sops-nix NIXPKGS_LIB=/path/to/nixpkgs/lib npm run test:nix",
    )

describe.runIf(possible)("against sops-nix", () => {
    const found: (Difference & { readonly system: string; readonly configuration: string })[] = []
    beforeAll(async () => {
        const expression = `${imported("differential.nix")} { inherit lib; sopsNix = ${JSON.stringify(sopsNix)}; }`
        const both = differentialSchema.parse(await evaluateNix(nix?.library ?? "", expression))
        for (const [system, configurations] of Object.entries(both))
            for (const [configuration, pair] of Object.entries(configurations))
                found.push(...differences(pair).map((one) => ({ ...one, system, configuration })))
    })

    const covers = (rule: Intended, difference: (typeof found)[number]): boolean =>
        rule.system.test(difference.system) &&
        rule.place.test(difference.place) &&
        (rule.replaces || difference.theirs.length === 0)

    test("every difference is an intended one", () => {
        expect(found.filter((difference) => !intended.some((rule) => covers(rule, difference)))).toEqual([])
    })

    test("every intended difference is there", () => {
        expect(intended.filter((rule) => !found.some((difference) => covers(rule, difference)))).toEqual([])
    })
})
