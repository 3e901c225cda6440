// Keys, certificates, and what is made of them with a program.

import { expect } from "vitest"
import { crypted, file, hidden, is, run, sshKey } from "./shape.ts"
import type { Shape } from "./shape.ts"

export const keyShapes: Readonly<Record<string, Shape>> = {
    "an SSH key": {
        files: { id: {}, "id.pub": { secret: false } },
        script: 'ssh-keygen -q -t ed25519 -N "" -C "" -f $out/id',
        kinds: { id: { make: { "ssh-key": {} } }, "id.pub": { secret: false, make: { "public-of": "id" } } },
        check: sshKey,
    },
    "an RSA key for SSH": {
        files: { id: {}, "id.pub": { secret: false } },
        script: 'ssh-keygen -q -t rsa -b 2048 -N "" -C app@web01 -f "$out"/id',
        check: sshKey,
    },
    WireGuard: {
        files: { key: {}, "key.pub": { secret: false } },
        script: "wg genkey > $out/key; wg pubkey < $out/key > $out/key.pub",
        kinds: {
            key: { make: { wireguard: {} } },
            "key.pub": { secret: false, make: { "public-of": "key" } },
        },
        check: ({ key, "key.pub": half }) => expect(run("wg", ["pubkey"], key)).toBe(half),
    },
    "the shared key of two WireGuard peers": {
        files: { psk: {} },
        script: "wg genpsk > $out/psk",
        kinds: { psk: { make: { random: { chars: "base64" } } } },
        check: ({ psk = "" }) => expect(Buffer.from(psk, "base64")).toHaveLength(32),
    },
    "an age key": {
        programs: ["age-keygen"],
        files: { key: {}, recipient: { secret: false } },
        script: "age-keygen -o $out/key 2>/dev/null; age-keygen -y $out/key > $out/recipient",
        kinds: {
            key: { make: { "age-key": {} } },
            recipient: { secret: false, make: { "public-of": "key" } },
        },
        check: ({ key, recipient }) => expect(run("age-keygen", ["-y"], key)).toBe(recipient),
    },
    "an authority": {
        files: { "ca.key": { deploy: false }, "ca.crt": { secret: false } },
        script:
            "openssl ecparam -name prime256v1 -genkey -noout -out $out/ca.key; " +
            'openssl req -x509 -new -key $out/ca.key -subj "/CN=CANARY" -days 3650 -out $out/ca.crt',
        kinds: {
            "ca.key": { deploy: false, make: { "tls-key": {} } },
            "ca.crt": { secret: false, make: { "tls-ca": { key: "ca.key", name: "CANARY" } } },
        },
        check: ({ "ca.crt": certificate }) => {
            const path = file(certificate)
            expect(run("openssl", ["verify", "-CAfile", path, path])).toContain(": OK")
        },
    },
    "a certificate of that authority": {
        needs: {
            ca: {
                files: {
                    "ca.key": { deploy: false, make: { "tls-key": {} } },
                    "ca.crt": { secret: false, make: { "tls-ca": { key: "ca.key", name: "CANARY" } } },
                },
            },
        },
        files: { key: {}, crt: { secret: false } },
        script:
            "openssl ecparam -name prime256v1 -genkey -noout -out $out/key; " +
            'openssl req -new -key $out/key -subj "/CN=web01.example.org" -out /tmp/csr; ' +
            "openssl x509 -req -in /tmp/csr -CA $in/ca/ca.crt -CAkey $in/ca/ca.key -CAcreateserial -CAserial /tmp/serial -days 90 -out $out/crt 2>/dev/null",
        kinds: {
            key: { make: { "tls-key": {} } },
            crt: {
                secret: false,
                make: {
                    "tls-cert": {
                        key: "key",
                        name: "web01.example.org",
                        ca: { generator: "ca", key: "ca.key", certificate: "ca.crt" },
                    },
                },
            },
        },
        check: (values) => {
            const authority = file(values["ca/ca.crt"], "authority")
            expect(run("openssl", ["verify", "-CAfile", authority, file(values["crt"])])).toContain(": OK")
        },
    },
    "a line of a .htpasswd": {
        prompts: { password: hidden },
        answers: { password: "CANARY" },
        files: { htpasswd: {} },
        script: "htpasswd -niB app < $prompts/password > $out/htpasswd",
        check: ({ htpasswd }) => {
            expect(() => run("htpasswd", ["-vb", file(htpasswd), "app", "CANARY"])).not.toThrow()
        },
    },
    "a header for basic authentication": {
        prompts: { user: {}, password: hidden },
        answers: { user: "app", password: "CANARY" },
        files: { header: {} },
        script: 'printf "Basic %s" "$(printf "%s:%s" "$(cat $prompts/user)" "$(cat $prompts/password)" | base64)" > $out/header',
        check: is({ header: `Basic ${Buffer.from("app:CANARY").toString("base64")}` }),
    },
    "a key that signs mail, and its record": {
        files: { key: {}, record: { secret: false } },
        script:
            "openssl genrsa -out $out/key 2048 2>/dev/null; " +
            'printf "v=DKIM1; k=rsa; p=%s" "$(openssl rsa -in $out/key -pubout -outform der 2>/dev/null | base64 -w0)" > $out/record',
        check: ({ key, record = "" }) => {
            const half = run("openssl", ["pkey", "-pubout"], key).replaceAll(/-----[^-]+-----|\n/gu, "")
            expect(record).toBe(`v=DKIM1; k=rsa; p=${half}`)
        },
    },
    "a key in PEM and its public half": {
        files: { "key.pem": {}, "pub.pem": { secret: false } },
        script: "openssl genpkey -algorithm ed25519 -out $out/key.pem; openssl pkey -in $out/key.pem -pubout -out $out/pub.pem",
        kinds: {
            "key.pem": { make: { "tls-key": { type: "ed25519" } } },
            "pub.pem": { secret: false, make: { "public-of": "key.pem" } },
        },
        check: (values) =>
            expect(run("openssl", ["pkey", "-pubout"], values["key.pem"])).toBe(values["pub.pem"]),
    },
    "a password file of a broker": {
        files: { password: {}, passwords: {} },
        script: 'openssl rand -hex 12 | tr -d "\\n" > $out/password; echo "app:$(openssl passwd -6 -stdin < $out/password)" > $out/passwords',
        kinds: {
            password: { make: { random: { chars: "hex", length: 12 } } },
            hash: { deploy: false, make: { hash: { of: "password" } } },
            passwords: { make: { template: "app:<HOSTSEAL:file/app/hash>\n" } },
        },
        check: ({ password = "", passwords = "" }) =>
            crypted(password, passwords.trim().slice("app:".length)),
    },
    "a key of a binary cache": {
        files: { key: {}, "key.pub": { secret: false } },
        script:
            "openssl genpkey -algorithm ed25519 -outform der -out /tmp/key; openssl pkey -in /tmp/key -inform der -pubout -outform der -out /tmp/pub; " +
            'printf "cache.example.org-1:%s" "$(cat <(tail -c 32 /tmp/key) <(tail -c 32 /tmp/pub) | base64 -w0)" > $out/key; ' +
            'printf "cache.example.org-1:%s" "$(tail -c 32 /tmp/pub | base64 -w0)" > $out/key.pub',
        kinds: {
            key: { make: { "nix-key": { name: "cache.example.org-1" } } },
            "key.pub": { secret: false, make: { "public-of": "key" } },
        },
        check: ({ key = "", "key.pub": half = "" }) => {
            const [name, body = ""] = key.split(":")
            const bytes = Buffer.from(body, "base64")
            expect(bytes).toHaveLength(64)
            expect(`${name}:${bytes.subarray(32).toString("base64")}`).toBe(half)
        },
    },
}
