// What the golden files of NixOS machines promise, whatever the configuration. They are read as they lie there, so
// these tests need no Nix.

import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import * as z from "zod"
import { explain } from "../../agent/error.ts"
import { checkManifest } from "../../agent/machine/check.ts"
import { parseManifest } from "../../agent/machine/manifest/parse.ts"
import { goldenDirectory } from "./golden.ts"
import { orderingCycle, readUnit } from "./unit-files.ts"
import type { UnitFile } from "./unit-files.ts"

const root = join(import.meta.dirname, "..", "..")
const machines = join(goldenDirectory, "nixos")

describe.each(readdirSync(machines))("%s", (name) => {
    const folder = join(machines, name)
    const units = unitsOf(join(folder, "units"))
    // What applies a value is a service like any other.
    const ours = units.filter((unit) => /^(?:sops-|hostseal-(?!apply-))/u.test(unit.name))
    const installers = ours.filter((unit) =>
        /^sops-install-secrets(?:-for-users)?\.service$/u.test(unit.name),
    )
    // They install once more, for paths that are not at once what they will be.
    const later = ours.filter((unit) => /^sops-install-secrets-(?:on|after)-/u.test(unit.name))
    const manifests = readdirSync(folder).filter((file) => /^manifest(?:-for-users)?\.json$/u.test(file))
    const ofContainers = readdirSync(folder).filter((file) => file.startsWith("manifest-container-"))

    test.each(manifests)("the agent reads %s", (file) => {
        const manifest = parseManifest(readFileSync(join(folder, file)), file, () => "/run/user/1000")
        expect(manifest.secrets.length + manifest.templates.length).toBeGreaterThan(0)
    })

    test.each(manifests)("the agent finds nothing wrong with %s", async (file) => {
        const text = readFileSync(join(folder, file), "utf8")
        const manifest = parseManifest(Buffer.from(withSources(text, folder)), file, () => "/run/user/1000")
        const { problems, warnings } = await checkManifest(manifest, "sopsfile")
        // These name no kind of key that the files of the test are for.
        const said = problems.flatMap((problem) => explain(problem))
        if (manifest.gnupgHome === undefined) expect(said).toEqual([])
        else expect(said.join()).toContain("can only be opened with age keys, and no such key is configured")
        expect(warnings).toEqual(
            manifest.mayStandIn ? [expect.stringContaining("made up, and no secrets: sops.standIn")] : [],
        )
    })

    test("NixOS refuses nothing of the configuration", () => {
        const { refused } = z
            .looseObject({ refused: z.array(z.string()) })
            .parse(JSON.parse(readFileSync(join(folder, "rest.json"), "utf8")))
        expect(refused).toEqual([])
    })

    test("each manifest is installed by a unit, and a mount unit holds the memory for it", () => {
        expect(installers).toHaveLength(manifests.length)
        const memory = units.filter((unit) => /^run-secrets.*\.mount$/u.test(unit.name))
        expect(memory).toHaveLength(manifests.length + ofContainers.length)
        for (const file of manifests) {
            const { mountPoint } = parseManifest(readFileSync(join(folder, file)), file, () => "")
            const mount = units.find((unit) => unit.values("Mount", "Where").includes(mountPoint))
            expect(mount?.values("Mount", "Type")[0]).toMatch(/^(?:ramfs|tmpfs)$/u)
            if (mount?.values("Mount", "Type")[0] === "tmpfs")
                expect(mount.values("Mount", "Options")[0]).toContain("noswap")
            const unit = installers.find((one) =>
                one.values("Unit", "RequiresMountsFor").includes(mountPoint),
            )
            expect(unit?.values("Service", "ExecStart")[0]).toMatch(new RegExp(`-${file}$`, "u"))
        }
    })

    test("each manifest of a container is installed before the container starts, to a tree with the link in it", () => {
        for (const file of ofContainers) {
            const [, container = ""] = /^manifest-container-(.*)\.json$/u.exec(file) ?? []
            const { mountPoint, symlinkPath } = parseManifest(
                readFileSync(join(folder, file)),
                file,
                () => "",
            )
            expect([mountPoint, symlinkPath]).toEqual([
                `/run/secrets-container-${container}.d`,
                `/run/secrets-container-${container}.d/current`,
            ])
            const unit = ours.find(
                ({ name: unitName }) => unitName === `sops-install-secrets-container-${container}.service`,
            )
            expect(unit?.words("Unit", "Before")).toContain(`container@${container}.service`)
            expect(unit?.values("Service", "ExecStart")[0]).toContain(`-${file}`)
            expect(unit?.values("Unit", "RequiresMountsFor")).toContain(mountPoint)
        }
    })

    test("the units wait for the file systems of all keys", () => {
        for (const file of manifests) {
            const { ageKeyFile, sshKeyPaths } = parseManifest(
                readFileSync(join(folder, file)),
                file,
                () => "",
            )
            for (const unit of installers)
                expect(unit.values("Unit", "WantsMountsFor")).toEqual(
                    expect.arrayContaining([
                        ...sshKeyPaths,
                        ...(ageKeyFile === undefined ? [] : [ageKeyFile]),
                    ]),
                )
        }
    })

    test("secrets are there before sysinit.target, and the units go before a shutdown", () => {
        for (const unit of ours) {
            expect(unit.values("Unit", "DefaultDependencies"), unit.name).toEqual(["no"])
            expect(unit.words("Unit", "Conflicts"), unit.name).toContain("shutdown.target")
            expect(unit.words("Unit", "Before"), unit.name).toContain("shutdown.target")
        }
        for (const unit of installers) {
            // There the configuration asks for an order that leads behind it.
            expect(unit.words("Unit", "Before").includes("sysinit.target")).toBe(name !== "own-units")
            expect(unit.words("Unit", "Before")).toContain("sysinit-reactivation.target")
        }
    })

    test("the unit that installs secrets comes before what starts early and may need one", () => {
        const unit = installers.find((one) => one.name === "sops-install-secrets.service")
        if (unit === undefined || name === "own-units" || name === "gnupg") return
        expect(unit.words("Unit", "Before")).toEqual(
            expect.arrayContaining([
                "systemd-networkd.service",
                "systemd-tmpfiles-setup.service",
                "systemd-tmpfiles-resetup.service",
                "systemd-resolved.service",
                "nftables.service",
                "firewall.service",
                "remote-fs-pre.target",
            ]),
        )
        expect(unit.words("Unit", "Wants")).toContain("remote-fs-pre.target")
    })

    test("a key that comes late is waited for, and what another configuration takes is not tried again", () => {
        for (const unit of ours.filter((one) => one.values("Service", "Restart").length > 0)) {
            expect(unit.values("Service", "Restart")).toEqual(["on-failure"])
            expect(unit.values("Service", "RestartSec")).toEqual(["10s"])
            expect(unit.words("Service", "RestartPreventExitStatus")).toContain("65")
            expect(unit.words("Service", "RestartPreventExitStatus")).not.toContain("75")
            expect(unit.values("Service", "RestartMode")).toEqual([])
        }
    })

    test("what installs once more runs the same command after the first, and sees what that left alone", () => {
        for (const unit of later) {
            const first = installers.find((one) => one.name === "sops-install-secrets.service")
            expect(unit.values("Service", "ExecStart")).toEqual(first?.values("Service", "ExecStart"))
            expect(unit.words("Unit", "After")).toContain("sops-install-secrets.service")
            expect(unit.values("Service", "Environment")).not.toEqual(first?.values("Service", "Environment"))
        }
    })

    test("host keys are generated after users are made, since ssh-keygen looks up who runs it", () => {
        const keygen = units.find((unit) => unit.name === "sshd-keygen.service")
        // Without a place in the early boot it comes after everything that this is about.
        if (keygen === undefined || !keygen.values("Unit", "DefaultDependencies").includes("no")) return
        const after = keygen.words("Unit", "After")
        expect(after).toEqual(expect.arrayContaining(["systemd-sysusers.service", "userborn.service"]))
    })

    test("there is no ordering cycle with the early units of NixOS", () => {
        expect(orderingCycle(units)).toBeUndefined()
    })

    test("the target is there, and wants the units that install secrets at boot", () => {
        const target = units.find((unit) => unit.name === "sops-secrets.target")
        expect(target).toBeDefined()
        expect(target?.words("Unit", "Wants").toSorted()).toEqual(
            installers.map((unit) => unit.name).filter((unit) => isLinked(unit)),
        )
        expect(target?.words("Unit", "After")?.toSorted() ?? []).toEqual(
            installers.map((unit) => unit.name).toSorted(),
        )
    })

    test("what starts the agent may do no more than it needs", () => {
        for (const unit of ours.filter((one) => one.values("Service", "CapabilityBoundingSet").length > 0)) {
            const bounds: Record<string, string> = {
                CapabilityBoundingSet: "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER",
                LimitCORE: "0",
                NoNewPrivileges: "true",
                PrivateNetwork: "true",
                RestrictAddressFamilies: "AF_UNIX",
                RestrictSUIDSGID: "true",
                SystemCallArchitectures: "native",
                UMask: "0077",
            }
            for (const [setting, value] of Object.entries(bounds))
                expect(unit.values("Service", setting), `${unit.name} ${setting}`).toEqual([value])
            // What is read-only stands between a secret and its place, so it is all or what never holds one.
            const places = [
                unit.values("Service", "ProtectSystem"),
                unit.values("Service", "ReadWritePaths"),
                unit.values("Service", "ReadOnlyPaths"),
            ]
            expect([
                [["strict"], ["/run"], []],
                [["strict"], ["/run", "-/var/lib/sops-nix/gnupg"], []],
                [["false"], [], ["-/boot", "-/efi", "-/nix", "-/usr"]],
            ]).toContainEqual(places)
            expect(unit.values("Service", "MemoryDenyWriteExecute")).toEqual([])
            expect(unit.values("Service", "UnsetEnvironment")).toContain("NODE_OPTIONS")
        }
        const unbound = installers.filter(
            (unit) =>
                unit.values("Service", "ExecStart").some((line) => line.includes("-hostseal-agent-")) &&
                unit.values("Service", "CapabilityBoundingSet").length === 0,
        )
        expect(unbound).toEqual([])
    })

    test("GnuPG is no part of the system unless it was asked for", () => {
        const everything = readdirSync(folder, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
        expect(everything.some((text) => text.includes("-gnupg-"))).toBe(name.startsWith("gnupg"))
    })

    test("for each manifest a unit does the work or a script does, and both only where another script waits", () => {
        const rest = z
            .looseObject({
                activationScripts: z.record(
                    z.string(),
                    z.union([z.string(), z.looseObject({ text: z.string() })]),
                ),
            })
            .parse(JSON.parse(readFileSync(join(folder, "rest.json"), "utf8")))
        for (const unit of installers) {
            const script =
                rest.activationScripts[
                    unit.name.includes("-for-users") ? "setupSecretsForUsers" : "setupSecrets"
                ]
            const text = typeof script === "object" ? script.text : ""
            const [command = ""] = unit.values("Service", "ExecStart")
            const byScript = text.includes(command.split(" ").at(-1) ?? "nothing")
            expect([unit.name, byScript]).toEqual([
                unit.name,
                !isLinked(unit.name) || name === "script-waits",
            ])
            if (!byScript) expect(text).toBe("")
        }
    })

    function isLinked(unit: string): boolean {
        return links(join(folder, "units")).some((link) => link.endsWith(`.wants/${unit}`))
    }
})

/** A manifest that names copies in this tree in place of the paths of the store. */
function withSources(text: string, folder: string): string {
    const sources = z
        .record(z.string(), z.string())
        .parse(JSON.parse(readFileSync(join(folder, "sources.json"), "utf8")))
    let result = text
    for (const [path, copy] of Object.entries(sources)) result = result.replaceAll(path, join(root, copy))
    return result
}

function unitsOf(folder: string): UnitFile[] {
    return readdirSync(folder)
        .filter((file) => statSync(join(folder, file)).isFile())
        .map((file) => readUnit(file, readFileSync(join(folder, file), "utf8")))
}

function links(folder: string): string[] {
    return readdirSync(folder)
        .filter((file) => statSync(join(folder, file)).isDirectory())
        .flatMap((directory) => readdirSync(join(folder, directory)).map((file) => `${directory}/${file}`))
}
