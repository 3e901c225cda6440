import { randomBytes } from "node:crypto"
import { createServer } from "node:net"
import type { AddressInfo, Socket } from "node:net"
import { sshStrings } from "../../agent/age/ssh/wire.ts"

/** A server that shows this host key to ssh-keyscan, and can do nothing else. */
export interface SshServer {
    readonly port: number
    close(): void
}

/**
 * Listens on the loopback and speaks SSH (RFC 4253) up to the message that holds the host key: that is as far as
 * ssh-keyscan goes, which hangs up before it would look at the signature.
 */
export async function sshServer(publicLine: string): Promise<SshServer> {
    const blob = Buffer.from(publicLine.split(" ")[1] ?? "", "base64")
    const server = createServer((socket) => serve(socket, blob))
    await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve)
    })
    const address: AddressInfo | string | null = server.address()
    if (address === null || typeof address === "string") throw new Error("the server has no port")
    return { port: address.port, close: () => void server.close() }
}

const [kexInit, ecdhInit, ecdhReply] = [20, 30, 31]

function serve(socket: Socket, blob: Buffer): void {
    let received = Buffer.alloc(0)
    let greeted = false
    socket.on("error", () => undefined)
    socket.write("SSH-2.0-test\r\n")
    socket.write(
        packet(Buffer.concat([Buffer.from([kexInit]), randomBytes(16), algorithms(), Buffer.alloc(5)])),
    )
    socket.on("data", (chunk) => {
        received = Buffer.concat([received, chunk])
        if (!greeted) {
            const end = received.indexOf("\n")
            if (end === -1) return
            received = received.subarray(end + 1)
            greeted = true
        }
        while (received.length >= 6 && received.length >= 4 + received.readUInt32BE()) {
            const length = 4 + received.readUInt32BE()
            if (received[5] === ecdhInit) {
                const signature = sshStrings("ssh-ed25519", Buffer.alloc(64))
                socket.write(
                    packet(
                        Buffer.concat([
                            Buffer.from([ecdhReply]),
                            sshStrings(blob, randomBytes(32), signature),
                        ]),
                    ),
                )
            }
            received = received.subarray(length)
        }
    })
}

function algorithms(): Buffer {
    const each = ["aes128-ctr", "hmac-sha2-256", "none", ""].flatMap((name) => [name, name])
    return sshStrings("curve25519-sha256", "ssh-ed25519", ...each)
}

function packet(payload: Buffer): Buffer {
    const padding = 8 - ((payload.length + 5) % 8) + 8
    const head = Buffer.alloc(5)
    head.writeUInt32BE(1 + payload.length + padding)
    head.writeUInt8(padding, 4)
    return Buffer.concat([head, payload, randomBytes(padding)])
}
