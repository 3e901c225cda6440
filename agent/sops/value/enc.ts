// The wire form of an encrypted value (docs/sops-rules.md#values):
// ENC[AES256_GCM,data:<base64>,iv:<base64>,tag:<base64>,type:<type>]
import { SopsError } from "../error.ts"

/** An encrypted value taken apart. */
export interface Enc {
    readonly data: Buffer
    readonly iv: Buffer
    readonly tag: Buffer
    readonly type: string
}

const prefix = "ENC[AES256_GCM,data:"

/**
 * Takes an encrypted value apart. What follows the last `]` is ignored, as sops does; base64 must be canonical, so
 * that no two texts mean the same bytes. Throws `SopsError` of problem "value".
 */
export function parseEnc(text: string): Enc {
    const iv = text.indexOf(",iv:", prefix.length)
    const tag = text.indexOf(",tag:", iv)
    const type = text.indexOf(",type:", tag)
    const end = text.lastIndexOf("]")
    if (!text.startsWith(prefix) || iv < 0 || tag < 0 || type < 0 || end < type)
        throw new SopsError("value", "this is not an encrypted value of sops")
    const parsed = {
        data: base64(text.slice(prefix.length, iv)),
        iv: base64(text.slice(iv + 4, tag)),
        tag: base64(text.slice(tag + 5, type)),
        type: text.slice(type + 6, end),
    }
    // sops takes any length of IV; a tag cut short would make forging easy.
    if (parsed.iv.length === 0 || parsed.tag.length !== 16 || parsed.data.length === 0)
        throw new SopsError("value", "an encrypted value has a part of the wrong length")
    return parsed
}

/** The type an encrypted value claims to have, without decrypting it; `undefined` when it is not one. */
export function encType(text: string): string | undefined {
    if (!text.startsWith(prefix)) return undefined
    try {
        return parseEnc(text).type
    } catch {
        return undefined
    }
}

/** The text of an encrypted value. */
export function formatEnc({ data, iv, tag, type }: Enc): string {
    return `${prefix}${data.toString("base64")},iv:${iv.toString("base64")},tag:${tag.toString("base64")},type:${type}]`
}

function base64(text: string): Buffer {
    const bytes = Buffer.from(text, "base64")
    // Node skips what it does not know and takes the URL alphabet; only a round trip is strict.
    if (bytes.toString("base64") !== text) throw new SopsError("value", "an encrypted value has bad base64")
    return bytes
}
