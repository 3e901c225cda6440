// Certificates as openssl judges them.

import { execFileSync } from "node:child_process"
import { X509Certificate } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { authority, leaf } from "../../../../agent/admin/generate/certificate/certificate.ts"
import { newKey } from "../../../../agent/admin/generate/keys.ts"

const folder = mkdtempSync(join(tmpdir(), "hostseal-certificates-"))
afterAll(() => rmSync(folder, { recursive: true }))

const now = new Date()
const key = (type: "ecdsa" | "ed25519" | "rsa") => newKey({ kind: "tls-key", type })
const ca = { name: "Prüfstelle CANARY", dns: [], ip: [], days: 3650 }
const server = {
    name: "web01.example.org",
    dns: ["web01.example.org", "*.example.org"],
    ip: ["192.0.2.7", "2001:db8::1"],
    days: 90,
}

function file(name: string, content: Buffer): string {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
}

function openssl(...args: readonly string[]): string {
    return execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
}

describe.each(["ecdsa", "ed25519", "rsa"] as const)("%s", (type) => {
    const rootKey = key(type)
    const root = authority(rootKey, ca, now)
    const certificate = leaf(key("ecdsa"), server, { key: rootKey, certificate: root.pem }, now)
    const trusted = file(`${type}-ca.pem`, root.pem)
    const own = file(`${type}.pem`, certificate.pem)

    test("openssl verifies the chain, strictly, for servers and clients and all its names", () => {
        for (const purpose of ["sslserver", "sslclient"])
            expect(openssl("verify", "-x509_strict", "-CAfile", trusted, "-purpose", purpose, own)).toContain(
                ": OK",
            )
        const names = [
            ["-verify_hostname", "web01.example.org"],
            ["-verify_hostname", "other.example.org"],
            ["-verify_ip", "192.0.2.7"],
            ["-verify_ip", "2001:db8::1"],
        ]
        for (const name of names)
            expect(openssl("verify", "-CAfile", trusted, ...name, own)).toContain(": OK")
        expect(() => openssl("verify", "-CAfile", trusted, "-verify_hostname", "example.com", own)).toThrow(
            "hostname mismatch",
        )
    })

    test("the authority is one, and what it signs is none", () => {
        expect(openssl("verify", "-x509_strict", "-CAfile", trusted, trusted)).toContain(": OK")
        const leafKey = key("ecdsa")
        const signed = leaf(leafKey, server, { key: rootKey, certificate: root.pem }, now)
        expect(() => leaf(key("ecdsa"), server, { key: leafKey, certificate: signed.pem }, now)).toThrow(
            "not that of an authority",
        )
        const text = openssl("x509", "-in", trusted, "-noout", "-text", "-nameopt", "utf8")
        expect(text).toContain("CA:TRUE")
        expect(text).toContain("CN=Prüfstelle CANARY")
    })

    test("what it says about its end is what is told", () => {
        expect(new X509Certificate(certificate.pem).validToDate).toEqual(certificate.notAfter)
        expect(Math.round((certificate.notAfter.getTime() - now.getTime()) / 86_400_000)).toBe(90)
    })
})

test("openssl's own authority signs, too", () => {
    const keyFile = file("openssl.key", key("ecdsa"))
    openssl(
        "req",
        "-x509",
        "-new",
        "-key",
        keyFile,
        "-subj",
        "/O=CANARY/CN=Root",
        "-days",
        "30",
        "-out",
        join(folder, "root.pem"),
    )
    const issuer = {
        key: Buffer.from(execFileSync("cat", [keyFile])),
        certificate: execFileSync("cat", [join(folder, "root.pem")]),
    }
    const own = file("by-openssl.pem", leaf(key("rsa"), server, issuer, now).pem)
    expect(openssl("verify", "-CAfile", join(folder, "root.pem"), own)).toContain(": OK")
})

test("a certificate that signs itself", () => {
    const own = file("self.pem", leaf(key("ecdsa"), server, undefined, now).pem)
    expect(openssl("verify", "-CAfile", own, own)).toContain(": OK")
})

test("it ends with its authority, and years after 2049 are told", () => {
    const rootKey = key("ecdsa")
    const root = authority(rootKey, { ...ca, days: 36_500 }, now)
    expect(openssl("x509", "-in", file("late.pem", root.pem), "-noout", "-enddate")).toContain(
        String(root.notAfter.getUTCFullYear()),
    )
    const short = authority(rootKey, { ...ca, days: 10 }, now)
    const end = leaf(key("ecdsa"), server, { key: rootKey, certificate: short.pem }, now).notAfter
    expect(end).toEqual(short.notAfter)
    const later = new Date(now.getTime() + 11 * 86_400_000)
    expect(() => leaf(key("ecdsa"), server, { key: rootKey, certificate: short.pem }, later)).toThrow(
        "has ended",
    )
})

test.each([
    [
        "another key",
        () => ({ key: key("ecdsa"), certificate: authority(key("ecdsa"), ca, now).pem }),
        "not that of its key",
    ],
    ["no certificate", () => ({ key: key("ecdsa"), certificate: Buffer.from("CANARY") }), "is none"],
    [
        "no key",
        () => ({ key: Buffer.from("CANARY"), certificate: authority(key("ecdsa"), ca, now).pem }),
        "no private key",
    ],
])("refuses an authority with %s, and tells nothing of it", (_what, issuer, message) => {
    expect(() => leaf(key("ecdsa"), server, issuer(), now)).toThrow(message)
    expect(() => leaf(key("ecdsa"), server, issuer(), now)).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining("CANARY") }),
    )
})
