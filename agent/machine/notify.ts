// What systemd is told. The way to tell it is a descriptor that the unit opens (`OpenFile=/run/systemd/notify:sdnotify`):
// then this process is the sender, `NotifyAccess=main` is enough, and a message is one write. Where there is none,
// READY and STATUS go through the systemd-notify package, and what that cannot say through the program itself.
// A message that does not arrive is never the end of the agent.

import { writeSync } from "node:fs"
import type { Environment } from "../os/children.ts"
import type { Host } from "./host.ts"
import { codeOf } from "../os/system-error.ts"

export interface Notifier {
    /** Ready, with counts and never names: a status line is shown to everybody. */
    ready(status: string): Promise<void>
    status(text: string): Promise<void>
    reloading(): Promise<void>
    stopping(): Promise<void>
    /** The process is alive. Does nothing unless the unit has a watchdog. */
    alive(): void
    /** Milliseconds between two signs of life, `undefined` without a watchdog. */
    readonly interval: number | undefined
}

/** Finds out how the service manager wants to be talked to; silent when there is none. */
export function notifierFor(host: Host): Notifier {
    const { env } = host
    const send = senderFor(host)
    const interval = watchdogInterval(env)
    let last = 0
    return {
        ready: (status) => send({ READY: "1", STATUS: oneLine(status) }),
        status: (text) => send({ STATUS: oneLine(text) }),
        reloading: () => send({ RELOADING: "1", MONOTONIC_USEC: String(process.hrtime.bigint() / 1000n) }),
        stopping: () => send({ STOPPING: "1" }),
        alive() {
            const now = Date.now()
            if (interval === undefined || now - last < interval / 2) return
            last = now
            void send({ WATCHDOG: "1" })
        },
        interval,
    }
}

type Message = Readonly<Record<string, string>>
type Send = (message: Message) => Promise<void>

function senderFor(host: Host): Send {
    const descriptor = openedDescriptor(host.env)
    if (descriptor !== undefined)
        return (message) => {
            writeMessage(descriptor, lines(message).join("\n"))
            return Promise.resolve()
        }
    if (host.env["NOTIFY_SOCKET"] === undefined) return () => Promise.resolve()
    return async (message) => {
        try {
            if (Object.keys(message).every((name) => name === "READY" || name === "STATUS"))
                await byPackage(message)
            else await byProgram(message, host)
        } catch (error) {
            // The package rejects with text.
            host.tell(
                `warning: systemd was not told: ${error instanceof Error ? error.message : String(error)}`,
            )
        }
    }
}

/** The descriptor that the unit opened for us; descriptors of other names may come first. */
export function openedDescriptor(env: Environment): number | undefined {
    if (env["LISTEN_PID"] !== String(process.pid)) return undefined
    const index = (env["LISTEN_FDNAMES"] ?? "").split(":").indexOf("sdnotify")
    return index === -1 ? undefined : 3 + index
}

/** One write is one datagram, and one message. */
function writeMessage(descriptor: number, text: string): void {
    for (let attempt = 0; attempt < 20; attempt++) {
        try {
            writeSync(descriptor, text)
            return
        } catch (error) {
            const isFull = codeOf(error) === "EAGAIN" || codeOf(error) === "ENOBUFS"
            if (!isFull || !text.startsWith("READY=1")) return
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
        }
    }
}

/** It finds its program in PATH, which the unit has to set. */
async function byPackage(message: Message): Promise<void> {
    const { default: notify } = await import("systemd-notify")
    const status = message["STATUS"]
    await notify({
        ...(message["READY"] === undefined ? {} : { ready: true }),
        ...(status === undefined ? {} : { status }),
    })
}

async function byProgram(message: Message, host: Host): Promise<void> {
    const { findProgram, run } = await import("../os/children.ts")
    const program = findProgram("systemd-notify", host.env["PATH"])
    if (program === undefined) throw new Error("there is no program called systemd-notify")
    const { NOTIFY_SOCKET } = host.env
    const args = [`--pid=${process.pid}`, ...lines(message)]
    const result = await run({ program, args, env: { NOTIFY_SOCKET }, deadline: 5_000 })
    if (result.end.kind !== "exit" || result.end.code !== 0)
        throw new Error(result.stderr.trim() || result.end.kind)
}

function lines(message: Message): string[] {
    return Object.entries(message).map(([name, value]) => `${name}=${value}`)
}

/** A newline would begin another assignment. */
function oneLine(text: string): string {
    return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
}

function watchdogInterval(env: Environment): number | undefined {
    const period = Number(env["WATCHDOG_USEC"] ?? "")
    const { WATCHDOG_PID } = env
    const isOurs = WATCHDOG_PID === undefined || WATCHDOG_PID === String(process.pid)
    return isOurs && Number.isSafeInteger(period) && period > 0 ? period / 2000 : undefined
}
