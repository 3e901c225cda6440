// Passwords, tokens, hashes, and text around them.

import { expect } from "vitest"
import { crypted, hidden, is, matches } from "./shape.ts"
import type { Shape } from "./shape.ts"

export const valueShapes: Readonly<Record<string, Shape>> = {
    "a token that a person enters": {
        prompts: { token: hidden },
        answers: { token: "CANARY-token" },
        files: { token: {} },
        script: 'cat "$prompts/token" > "$out/token"',
        kinds: { token: { make: { prompt: "token" } } },
        check: is({ token: "CANARY-token" }),
    },
    "an answer that is kept, without its line end": {
        prompts: { key: { type: "hidden", persist: true } },
        answers: { key: "CANARY\n" },
        files: {},
        script: 'tr -d "\\n" < "$prompts/key" > "$out/key"',
        check: is({ key: "CANARY" }),
    },
    "a document that is pasted": {
        prompts: { account: { type: "multiline-hidden" } },
        answers: { account: '{\n  "CANARY": 1\n}\n' },
        files: { "account.json": {} },
        script: "cat $prompts/account > $out/account.json; jq -e . $out/account.json >/dev/null",
        kinds: { "account.json": { make: { prompt: "account" } } },
        check: is({ "account.json": '{\n  "CANARY": 1\n}\n' }),
    },
    "an environment file of two answers": {
        prompts: { user: {}, password: hidden },
        answers: { user: "app", password: "CANARY secret" },
        files: { env: { restartUnits: ["app.service"] } },
        script: "cat > $out/env <<EOF\nAPP_USER=$(cat $prompts/user)\nAPP_PASSWORD=$(cat $prompts/password)\nEOF",
        kinds: {
            env: {
                make: {
                    template: "APP_USER=<HOSTSEAL:prompt/user>\nAPP_PASSWORD=<HOSTSEAL:prompt/password>\n",
                },
            },
        },
        check: is({ env: "APP_USER=app\nAPP_PASSWORD=CANARY secret\n" }),
    },
    "random hex": {
        files: { secret: {} },
        script: "openssl rand -hex 32 > $out/secret",
        kinds: { secret: { make: { random: { chars: "hex" } } } },
        check: matches({ secret: /^[0-9a-f]{64}\n?$/u }),
    },
    "random base64 without a line end": {
        files: { key: { owner: "app", group: "app", mode: "0400" } },
        script: "openssl rand -base64 32 | tr -d '\\n' > $out/key",
        kinds: { key: { make: { random: { chars: "base64" } } } },
        check: matches({ key: /^[A-Za-z0-9+/]{43}=$/u }),
    },
    "a password by pwgen": {
        files: { password: {} },
        script: "pwgen -s 32 1 | tr -d '\\n' > $out/password",
        kinds: { password: { make: { random: { length: 32 } } } },
        check: matches({ password: /^[A-Za-z0-9]{32}$/u }),
    },
    "letters from the kernel": {
        files: { password: {} },
        script: 'head -c 4096 /dev/urandom | tr -dc A-Za-z0-9 > /tmp/letters; head -c 48 /tmp/letters > "$out"/password',
        kinds: { password: { make: { random: { length: 48 } } } },
        check: matches({ password: /^[A-Za-z0-9]{48}$/u }),
    },
    "words that can be said": {
        files: { phrase: {} },
        script: 'printf "%s\\n" able baker charlie delta echo foxtrot golf hotel | shuf -n 6 | paste -sd - > $out/phrase',
        kinds: { phrase: { make: { passphrase: {} } } },
        check: matches({ phrase: /^(?:[a-z]+-){5}[a-z]+\n?$/u }),
    },
    "a UUID": {
        files: { id: { secret: false } },
        script: "cat /proc/sys/kernel/random/uuid > $out/id",
        kinds: { id: { secret: false, make: { random: { chars: "uuid" } } } },
        check: matches({ id: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\n?$/u }),
    },
    "the id of a machine": {
        files: { "machine-id": { secret: false } },
        script: "tr -d '\\n-' < /proc/sys/kernel/random/uuid > $out/machine-id",
        kinds: { "machine-id": { secret: false, make: { random: { chars: "hex", length: 16 } } } },
        check: matches({ "machine-id": /^[0-9a-f]{32}$/u }),
    },
    "a password and its hash": {
        files: { password: { deploy: false }, hash: { neededFor: "users" } },
        script: "pwgen -s 20 1 | tr -d '\\n' > $out/password; mkpasswd -s -m sha-512 < $out/password | tr -d '\\n' > $out/hash",
        kinds: {
            password: { deploy: false, make: { random: { length: 20 } } },
            hash: { neededFor: "users", make: { hash: { of: "password" } } },
        },
        check: ({ password = "", hash }) => crypted(password, hash),
    },
    "the hash of an answer": {
        prompts: { password: hidden },
        answers: { password: "CANARY word" },
        files: { "password-hash": { secret: false } },
        script: "cat $prompts/password | mkpasswd -s -m scrypt | tr -d '\\n' > $out/password-hash",
        kinds: {
            "password-hash": {
                secret: false,
                make: { hash: { of: { prompt: "password" }, scheme: "scrypt" } },
            },
        },
        check: ({ "password-hash": hash }) => crypted("CANARY word", hash),
    },
    "argon2id for a web application": {
        prompts: { password: hidden },
        answers: { password: "CANARY word" },
        files: { hash: {} },
        script: "argon2 $(openssl rand -hex 8) -id -e < $prompts/password | tr -d '\\n' > $out/hash",
        kinds: {
            password: { make: { prompt: "password" } },
            hash: { make: { hash: { of: "password", scheme: "argon2id" } } },
        },
        check: ({ hash = "" }) => {
            const [, , , costs = "", salt = ""] = hash.split("$")
            const [, m = "", t = "", p = ""] = /^m=(\d+),t=(\d+),p=(\d+)$/u.exec(costs) ?? []
            expect([m, t, p].every((each) => each !== "")).toBe(true)
            expect(salt.length).toBeGreaterThan(10)
        },
    },
    "an empty answer: made": {
        prompts: { password: hidden },
        answers: { password: "" },
        files: { password: {} },
        script: "if [ -s $prompts/password ]; then cat $prompts/password; else openssl rand -hex 16; fi > $out/password",
        kinds: {
            password: {
                make: { prompt: { name: "password", orElse: { random: { chars: "hex", length: 16 } } } },
            },
        },
        check: matches({ password: /^[0-9a-f]{32}\n?$/u }),
    },
    "text around what another generator made": {
        needs: { db: { files: { password: { deploy: false, make: { random: {} } } } } },
        files: { "app.ini": {} },
        script: 'printf "[db]\\npassword = %s\\n" "$(cat $in/db/password)" > $out/app.ini',
        kinds: { "app.ini": { make: { template: "[db]\npassword = <HOSTSEAL:file/db/password>\n" } } },
        check: (values) => expect(values["app.ini"]).toBe(`[db]\npassword = ${values["db/password"]}\n`),
    },
    "JSON around a value": {
        files: { secret: {}, "config.json": {} },
        script: "openssl rand -hex 16 | tr -d '\\n' > $out/secret; jq -n --arg s \"$(cat $out/secret)\" '{secret: $s}' > $out/config.json",
        kinds: {
            secret: { make: { random: { chars: "hex", length: 16 } } },
            "config.json": { make: { template: '{"secret": "<HOSTSEAL:file/app/secret>"}' } },
        },
        check: ({ secret, "config.json": config = "" }) => expect(JSON.parse(config)).toEqual({ secret }),
    },
}
