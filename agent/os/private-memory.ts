import { writeFileSync } from "node:fs"

/**
 * Keeps what this process knows from those who can read what it leaves behind or connect to it. To be called first.
 *
 * Should it die of a signal (Ctrl-\ at a prompt is enough), the core dump holds none of its memory, whatever limits it
 * was started with: systems that collect core dumps write them to a disk. That goes for the programs it starts, too.
 * And SIGUSR1 does not open Node's debugger, a port of the loopback interface that every user of the machine can use.
 */
export function keepMemoryPrivate(): void {
    process.on("SIGUSR1", () => undefined)
    try {
        // Which memory a core dump has (core(5)). Unlike a limit it can be set without starting a program.
        writeFileSync("/proc/self/coredump_filter", "0", { flag: "r+" })
    } catch {
        // Not Linux, or no /proc.
    }
}
