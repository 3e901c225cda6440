import { writeSync } from "node:fs"

const pause = new Int32Array(new SharedArrayBuffer(4))

/**
 * Writes all of it before it returns, so that nothing is lost however the program ends. It does without the streams
 * of the process, which take longer to load than most commands take to run. Throws EPIPE when nobody reads any more.
 */
export function writeAll(descriptor: number, data: string | Buffer): void {
    const bytes = typeof data === "string" ? Buffer.from(data) : data
    let written = 0
    while (written < bytes.length) {
        try {
            written += writeSync(descriptor, bytes, written)
        } catch (error) {
            // A full pipe that another program has made non-blocking: its reader needs a moment.
            if (!(error instanceof Error) || !("code" in error) || error.code !== "EAGAIN") throw error
            Atomics.wait(pause, 0, 0, 2)
        }
    }
}
