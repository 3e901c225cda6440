// What must be undone however the program ends: a terminal in raw mode, a plaintext in an editor's directory.

/** The person gave up: Ctrl-C at a prompt, or a signal to the editor. Ends with 128 + the signal's number. */
export class Interrupted extends Error {
    override readonly name: string = "Interrupted"
    readonly exitCode: number

    constructor(signal: keyof typeof signals = "SIGINT") {
        super("interrupted")
        this.exitCode = 128 + signals[signal]
    }
}

const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
const all = ["SIGHUP", "SIGINT", "SIGTERM"] as const

/**
 * Has `undo` called, once and synchronously, if the program ends before the returned function is called: by
 * `process.exit`, by an uncaught error, or by SIGHUP, SIGINT or SIGTERM. Unless somebody else listens to that
 * signal too, the program then ends with 128 + its number. Calling the returned function only takes the guard away.
 */
export function guard(undo: () => void, names: readonly (keyof typeof signals)[] = all): () => void {
    const release = (): void => {
        process.off("exit", undoOnce)
        for (const name of names) process.off(name, onSignal)
    }
    const undoOnce = (): void => {
        release()
        undo()
    }
    const onSignal = (signal: keyof typeof signals): void => {
        undoOnce()
        if (process.listenerCount(signal) === 0) process.exit(128 + signals[signal])
    }
    process.once("exit", undoOnce)
    for (const name of names) process.on(name, onSignal)
    return release
}
