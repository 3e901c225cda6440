/**
 * Milliseconds of processor time that this process has taken so far. For showing that hostile input is not expensive:
 * unlike the time of day, it is the same when the machine has other things to do.
 */
export function cpuTime(): number {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
}
