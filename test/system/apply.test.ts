// What a machine does with a new value of a generator: `rotate.apply` first, and then those who use it.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import * as z from "zod"
import { root } from "../../agent/build/build.ts"
import { seal } from "../host.ts"
import { provision } from "./generated.ts"
import { Machine } from "./machine.ts"

const recipient = readFileSync(
    join(root, "test", "nix", "vectors", "ssh_host_ed25519_key.pub"),
    "utf8",
).trim()
const golden = join(root, "test", "nix", "golden", "nixos", "generators")
const sources = z
    .record(z.string(), z.string())
    .parse(JSON.parse(readFileSync(join(golden, "sources.json"), "utf8")))
const [source = ""] = Object.entries(sources).find(([, vector]) => vector.includes("shared/ca/key")) ?? []
const script = "/usr/local/bin/apply-ca"

describe("rotate.apply", () => {
    let machine: Machine

    beforeAll(async () => {
        machine = Machine.make()
        provision(machine, "generators")
        // It takes its time, so that nobody comes after it by chance.
        machine.write(
            script,
            '#!/bin/sh\n/bin/sleep 1; echo "applied $(/usr/bin/md5sum < $CREDENTIALS_DIRECTORY/key)"\n',
            0o755,
        )
        // The scripts of units are empty where nobody has nixpkgs to make them.
        machine.write(
            "/etc/systemd/system/hostseal-apply-ca.service.d/test.conf",
            `[Service]\nExecStart=\nExecStart=${script}\n`,
        )
        const settings =
            "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=\nExecStart=/bin/sh -c 'echo used $(/usr/bin/md5sum < /run/secrets/vars/shared/ca/key)'\n"
        machine.write("/etc/systemd/system/app.service.d/test.conf", settings)
        machine.link("/etc/systemd/system/multi-user.target.wants/app.service", "../app.service")
        expect(await machine.boot()).toEqual([])
    })

    afterAll(() => machine.remove())

    test("runs at boot, before those who use the value", () => {
        const [applied = "", used = "", ...more] = said()
        expect(more).toEqual([])
        expect(applied).toMatch(/^applied /u)
        expect(used).toBe(applied.replace("applied", "used"))
    })

    test("runs with a new value, before those who use it are started anew", async () => {
        const before = said()
        machine.write(source, await seal("CANARY-rotated", "binary", recipient))
        machine.run("systemctl", "restart", "sops-install-secrets")
        machine.run("sh", "-c", "while systemctl list-jobs -q --no-legend | grep -q .; do sleep 0.1; done")
        const sum = machine.run("sh", "-c", "printf CANARY-rotated | md5sum").slice(0, 32)
        expect(said().slice(before.length)).toEqual([`applied ${sum}`, `used ${sum}`])
    })

    test("its value is nowhere in the journal", () => {
        expect(machine.journal()).not.toContain("CANARY")
    })

    function said(): readonly string[] {
        return machine
            .run("journalctl", "-q", "-u", "hostseal-apply-ca", "-u", "app", "-o", "cat")
            .split("\n")
            .map((line) => line.replace(/ +-$/u, ""))
            .filter((line) => /^(?:applied|used) /u.test(line))
    }
})
