/** A commit as it is stored: what it says, and what its signature is over. */
export interface Commit {
    readonly id: string
    readonly tree: string
    readonly parents: readonly string[]
    readonly message: string
    /** Armoured; undefined when there is none, or more than one. */
    readonly signature: string | undefined
    /** Everything but the signature. */
    readonly payload: Buffer
}

/**
 * Takes a commit apart without asking git, which would let grafts and replaced objects have a say. A signature goes on
 * in lines that begin with a blank.
 */
export function parseCommit(id: string, bytes: Buffer): Commit {
    const text = bytes.toString("latin1")
    const end = text.indexOf("\n\n")
    const headers = text.slice(0, end < 0 ? undefined : end).split(/\n(?! )/u)
    const values = (name: string): readonly string[] =>
        headers.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1))
    const isSignature = (line: string): boolean => /^gpgsig(?:-sha256)? /u.test(line)
    const [signature, ...others] = headers
        .filter(isSignature)
        .map((line) => line.slice(line.indexOf(" ") + 1).replaceAll("\n ", "\n"))
    const rest = headers.filter((line) => !isSignature(line)).join("\n")
    return {
        id,
        tree: values("tree")[0] ?? "",
        parents: values("parent"),
        message: end < 0 ? "" : bytes.subarray(end + 2).toString("utf8"),
        signature: others.length === 0 ? signature : undefined,
        payload: Buffer.from(rest + (end < 0 ? "" : text.slice(end)), "latin1"),
    }
}

const trailer = "Hostseal-Attests"

/** The message of a commit that vouches for everything since another one. */
export function attestation(since: string): string {
    return `secrets: attest what is in the history\n\n${trailer}: ${since}\n`
}

/** The commit since which another one vouches for everything, if it does. */
export function attestedSince({ message }: Commit): string | undefined {
    return new RegExp(`^${trailer}: ([0-9a-f]{40,64})$`, "mu").exec(message)?.[1]
}
