// docs/options.md, from the declarations of the options themselves.

import type { EvaluatedOption, OptionValue } from "./evaluation.ts"

const systems = [
    { key: "nixos", title: "NixOS" },
    { key: "home-manager", title: "home-manager" },
    { key: "nix-darwin", title: "nix-darwin" },
] as const

/** The page, from the options of each module. */
export function optionsReference(options: Readonly<Record<string, readonly EvaluatedOption[]>>): string {
    const sections = systems.map(({ key, title }) =>
        [`## ${title}`, ...(options[key] ?? []).map(section)].join("\n\n"),
    )
    return `${[
        "# Options",
        "Made from the modules by `npm run nix:golden`; a test fails when it is stale.",
        ...sections,
    ].join("\n\n")}\n`
}

function section(option: EvaluatedOption): string {
    const facts = [
        `Type: ${option.type}`,
        ...labelled("Default", option.default),
        ...labelled("Example", option.example),
        ...(option.readOnly ? ["Read only."] : []),
    ]
    return [`### \`${option.name}\``, plain(option.description), facts.join("\n\n")].join("\n\n")
}

/** Prose and a value of one line stand in the text, a value of several is a block. */
function labelled(label: string, value: OptionValue | null): readonly string[] {
    if (value === null) return []
    const text = plain(value.text)
    if (value.prose) return [`${label}: ${text}`]
    return [text.includes("\n") ? `${label}:\n\n\`\`\`nix\n${text}\n\`\`\`` : `${label}: \`${text}\``]
}

/** The marks of the NixOS manual for names of options are its own. */
function plain(text: string): string {
    return text.trim().replaceAll(/\{option\}`([^`]+)`/gu, "`$1`")
}
