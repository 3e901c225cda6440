// Looks at a machine that throw where something is not as it has to be.

import { type Machine } from "./machine.ts"

/** The value of every secret that is read early. A private key of WireGuard: 32 bytes. */
export const wireguard = Buffer.from("CANARY-32-bytes-of-a-private-key").toString("base64")

export function holds(machine: Machine, path: string): void {
    expectText(machine.run("cat", path), wireguard)
}

export function expectText(text: string, wanted: string): void {
    if (text !== wanted) throw new Error(`${text.length} characters where others should be`)
}

export function isActive(machine: Machine, unit: string): void {
    const state = machine.attempt("systemctl", "is-active", unit).stdout
    if (state !== "active\n") throw new Error(`${unit} is ${state}${machine.journal(unit)}`)
}

export function noCircle(machine: Machine): void {
    const circle = /.*(?:ordering cycle|deleted to break).*/u.exec(machine.journal())
    if (circle !== null) throw new Error(circle[0])
}

/** The unit tries every ten seconds. */
export function waitFor(machine: Machine, command: string): void {
    const script = `for i in $(seq 300); do ${command} > /dev/null && exit; sleep 0.1; done; exit 1`
    if (machine.attempt("sh", "-c", script).status !== 0) throw new Error(machine.journal())
}
