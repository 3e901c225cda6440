import { inflateSync } from "node:zlib"
import * as vectors from "cctv-age"

/** One vector of C2SP/CCTV (age/testdata): what a reader must make of a file. */
export interface Vector {
    readonly name: string
    readonly expect: string
    /** SHA-256 of the plaintext, in hex. */
    readonly payload: string | undefined
    readonly identities: readonly string[]
    readonly passphrases: readonly string[]
    readonly file: Buffer
}

/** All vectors of the npm package `cctv-age`, in the order of their names. */
export function allVectors(): Vector[] {
    return Object.entries(vectors)
        .filter(([, bytes]) => bytes instanceof Uint8Array)
        .map(([name, bytes]) => parseVector(name, Buffer.from(bytes)))
}

function parseVector(name: string, bytes: Buffer): Vector {
    const end = bytes.indexOf("\n\n")
    const fields = bytes
        .toString("utf8", 0, end)
        .split("\n")
        .map((line): [string, string] => {
            const colon = line.indexOf(": ")
            return [line.slice(0, colon), line.slice(colon + 2)]
        })
    const values = (key: string): string[] =>
        fields.filter(([field]) => field === key).map(([, value]) => value)
    const body = bytes.subarray(end + 2)
    return {
        name,
        expect: values("expect")[0] ?? "",
        payload: values("payload")[0],
        identities: values("identity"),
        passphrases: values("passphrase"),
        file: values("compressed")[0] === "zlib" ? inflateSync(body) : body,
    }
}
