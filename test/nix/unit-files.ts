// Unit files of systemd as tests look at them, and the order that they ask for.

export interface UnitFile {
    readonly name: string
    /** Every value of a setting, one for each line. */
    values(section: string, setting: string): readonly string[]
    /** The same where a value is a list of names. */
    words(section: string, setting: string): readonly string[]
}

export function readUnit(name: string, text: string): UnitFile {
    const found: [section: string, setting: string, value: string][] = []
    let section = ""
    for (const line of text.split("\n")) {
        const [, header] = /^\[(\w+)\]$/u.exec(line) ?? []
        const [, setting, value] = /^(\w+)=(.*)$/u.exec(line) ?? []
        if (header !== undefined) section = header
        else if (setting !== undefined && value !== undefined) found.push([section, setting, value])
    }
    const values = (wanted: string, key: string): string[] =>
        found.filter(([within, setting]) => within === wanted && setting === key).map(([, , value]) => value)
    const words = (wanted: string, key: string): string[] =>
        values(wanted, key).flatMap((value) => value.split(" "))
    return { name, values, words }
}

/**
 * The early boot of NixOS, as far as our units stand in it: each unit, and those that it comes before. From the unit
 * files of systemd 258 and from NixOS's userborn.service.
 */
const earlyBoot: readonly (readonly [string, readonly string[]])[] = [
    ["systemd-remount-fs.service", ["systemd-sysusers.service", "userborn.service", "local-fs-pre.target"]],
    ["systemd-tmpfiles-setup-dev-early.service", ["systemd-sysusers.service", "userborn.service"]],
    ["systemd-sysusers.service", ["systemd-tmpfiles-setup-dev.service", "sysinit.target"]],
    ["userborn.service", ["systemd-tmpfiles-setup-dev.service", "sysinit.target"]],
    [
        "systemd-tmpfiles-setup-dev.service",
        ["systemd-udevd.service", "local-fs-pre.target", "sysinit.target"],
    ],
    ["systemd-udevd.service", ["sysinit.target"]],
    ["local-fs-pre.target", ["local-fs.target"]],
    ["local-fs.target", ["systemd-tmpfiles-setup.service", "sysinit.target"]],
    ["systemd-tmpfiles-setup.service", ["systemd-resolved.service", "sysinit.target"]],
    ["systemd-networkd.service", ["systemd-resolved.service", "network.target"]],
    ["systemd-udevd.service", ["systemd-networkd.service"]],
    ["network-pre.target", ["systemd-networkd.service"]],
    ["firewall.service", ["network-pre.target"]],
    ["nftables.service", ["network-pre.target"]],
    ["network.target", ["network-online.target"]],
    ["network-online.target", ["remote-fs-pre.target"]],
    ["remote-fs-pre.target", ["remote-fs.target"]],
    ["sysinit.target", ["basic.target"]],
    ["basic.target", ["multi-user.target"]],
]

/** A circle of units that each have to come before the next, or `undefined` where there is none. */
export function orderingCycle(units: readonly UnitFile[]): readonly string[] | undefined {
    const after = new Map<string, Set<string>>()
    const order = (first: string, then: string): void => {
        after.set(first, (after.get(first) ?? new Set()).add(then))
    }
    for (const [unit, later] of earlyBoot) for (const one of later) order(unit, one)
    for (const unit of units) {
        for (const earlier of unit.words("Unit", "After")) order(earlier, unit.name)
        for (const later of unit.words("Unit", "Before")) order(unit.name, later)
        // A service of the usual kind starts after the basic system is there.
        const isEarly = /^(?:no|false)$/u.test(unit.values("Unit", "DefaultDependencies")[0] ?? "yes")
        if (!isEarly) order("basic.target", unit.name)
        for (const path of [
            ...unit.values("Unit", "RequiresMountsFor"),
            ...unit.values("Unit", "WantsMountsFor"),
        ])
            for (const mount of units)
                if (mount.values("Mount", "Where").includes(path)) order(mount.name, unit.name)
    }
    const settled = new Set<string>()
    const visit = (unit: string, path: readonly string[]): readonly string[] | undefined => {
        if (path.includes(unit)) return [...path.slice(path.indexOf(unit)), unit]
        if (settled.has(unit)) return undefined
        for (const later of after.get(unit) ?? []) {
            const cycle = visit(later, [...path, unit])
            if (cycle !== undefined) return cycle
        }
        settled.add(unit)
        return undefined
    }
    for (const unit of after.keys()) {
        const cycle = visit(unit, [])
        if (cycle !== undefined) return cycle
    }
    return undefined
}
