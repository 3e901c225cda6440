import { armored } from "./ssh-files.ts"

/** DER by hand: a tag, a length of up to 65535, the contents. */
function element(tag: number, ...contents: Buffer[]): Buffer {
    const body = Buffer.concat(contents)
    const { length } = body
    const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
    return Buffer.concat([Buffer.from([tag, ...size]), body])
}

const sequence = (...parts: Buffer[]): Buffer => element(0x30, ...parts)
const octets = (...parts: Buffer[]): Buffer => element(0x04, ...parts)
const oid = (hex: string): Buffer => element(0x06, Buffer.from(hex, "hex"))
const integer = (hex: string): Buffer => element(0x02, Buffer.from(hex, "hex"))
const nothing = element(0x05)

const ed25519 = oid("2b6570")
const hmacSha256 = oid("2a864886f70d0209")

/** Files of correct armour and magic, far below 16 KiB, from which sshpk 1.18.0 does not come back. */
export const hanging = {
    /** An empty inner string, then a tag without a length: sshpk's loop over what follows never advances. */
    loneTag: armored(
        "PRIVATE KEY",
        sequence(integer("00"), sequence(ed25519), octets(octets()), Buffer.from([0xa0])),
    ),
    /** An encrypted PKCS #8 key that asks for 2147483647 iterations of PBKDF2. */
    iterations: armored(
        "ENCRYPTED PRIVATE KEY",
        sequence(
            sequence(
                oid("2a864886f70d01050d"),
                sequence(
                    sequence(
                        oid("2a864886f70d01050c"),
                        sequence(
                            octets(Buffer.alloc(16, 1)),
                            integer("7fffffff"),
                            sequence(hmacSha256, nothing),
                        ),
                    ),
                    sequence(oid("60864801650304012a"), octets(Buffer.alloc(16, 2))),
                ),
            ),
            octets(Buffer.alloc(64, 3)),
        ),
    ),
    /** A complete PKCS #8 ed25519 key, which is refused by its kind. */
    ed25519: sequence(integer("00"), sequence(ed25519), octets(octets(Buffer.alloc(32, 1)))),
}
