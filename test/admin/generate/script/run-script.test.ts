// Scripts as they are run, and what they try.

import { randomBytes } from "node:crypto"
import {
    chmodSync,
    existsSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs"
import { createServer } from "node:net"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { runScript } from "../../../../agent/admin/generate/script/run-script.ts"
import type { Errand } from "../../../../agent/admin/generate/script/run-script.ts"

const folder = mkdtempSync(join(tmpdir(), "hostseal-script-test-"))
afterAll(() => rmSync(folder, { recursive: true }))

type Files = Readonly<Record<string, string>>
interface Some {
    readonly inputs?: Files
    readonly prompts?: Files
    readonly there?: Files
    readonly wanted?: readonly string[]
    readonly path?: string
    readonly seconds?: number
    readonly confined?: boolean
    readonly env?: Readonly<Record<string, string>>
}

const bytes = (files: Files = {}) =>
    new Map(Object.entries(files).map(([name, value]) => [name, Buffer.from(value)] as const))

async function written(
    text: string,
    some: Some = {},
): Promise<Readonly<Record<string, string>> & { extra?: string }> {
    const errand: Errand = {
        title: "app of web01",
        script: { text, path: some.path, drv: undefined, runtimeInputs: [], system: undefined },
        inputs: bytes(some.inputs),
        prompts: bytes(some.prompts),
        there: bytes(some.there),
        wanted: some.wanted ?? ["a"],
    }
    const { seconds = 20, confined = true, env = {} } = some
    const { files, extra } = await runScript(errand, { seconds, confined, env: { ...process.env, ...env } })
    return {
        ...Object.fromEntries([...files].map(([name, value]) => [name, value.toString("latin1")])),
        ...(extra.length === 0 ? {} : { extra: extra.join(" ") }),
    }
}

/** All that is told about a script that is refused. */
async function told(text: string, some: Some = {}): Promise<string> {
    const files = await written(text, some).catch((error: unknown) => {
        if (!(error instanceof Error)) throw error
        return `${error.message}\n${error.cause instanceof Error ? error.cause.message : ""}`
    })
    if (typeof files !== "string") throw new Error(`it was taken: ${JSON.stringify(files)}`)
    expect(files).toContain("generator app of web01")
    return files
}

describe.each([true, false])("in the sandbox: %s", (confined) => {
    test("answers and inputs come in, and what was declared comes out, byte for byte", async () => {
        const value = "CANARY\0\xff\n\n"
        expect(
            await written(
                'cp "$in/ca/key" "$out/a"; cat "$prompts/p" - > "$out/b" <<< end; pwd > /dev/null',
                {
                    inputs: { "ca/key": "CANARY in" },
                    prompts: { p: "CANARY\n" },
                    wanted: ["a", "b"],
                    confined,
                },
            ),
        ).toEqual({ a: "CANARY in", b: "CANARY\nend\n" })
        expect(await written("printf 'CANARY\\0\\377\\n\\n' > $out/a", { confined })).toEqual({ a: value })
    })

    test("an answer that is kept lies there, and may be replaced", async () => {
        const some = { there: { a: "CANARY" }, prompts: { a: "CANARY" }, confined }
        expect(await written(":", some)).toEqual({ a: "CANARY" })
        expect(await written('read -r p < "$prompts/a" || :; echo "$p!" > "$out/a"', some)).toEqual({
            a: "CANARY!\n",
        })
    })

    test("what was made without it stays as it is", async () => {
        const some = { there: { key: "CANARY" }, confined }
        expect(await written("cat $out/key $out/key > $out/a", some)).toEqual({ a: "CANARYCANARY" })
        expect(await told("echo > $out/a; echo x >> $out/key", some)).toContain(
            'changed "key", which is made without it',
        )
    })

    test("what nobody declared is named", async () => {
        expect(await written('echo > $out/a; echo CANARY > "$out/b c"; mkdir $out/d', { confined })).toEqual({
            a: "\n",
            extra: "b\\ c d",
        })
        expect(await told("echo > $out/b", { confined })).toContain('did not write "a"; it wrote b')
    })

    test.each([
        ["fails", "exit 3", "failed with status 3"],
        ["fails half-way: errors end it", "false; echo > $out/a", "failed with status 1"],
        ["uses what is not set", "echo $CANARY > $out/a", "failed with status 1"],
        ["fails in a pipe", "false | cat; echo > $out/a", "failed with status 1"],
        ["writes nothing", ":", 'did not write "a"'],
        ["writes too much", "head -c 1048577 /dev/zero > $out/a", 'wrote more than 1 MiB into "a"'],
        ["makes a link", "ln -s /etc/passwd $out/a", 'made "a", and it is a link'],
        ["makes a link to what it may write", "echo > /tmp/a; ln -s /tmp/a $out/a", "it is a link"],
        ["makes a link that leads nowhere", "ln -s CANARY $out/a", "it is a link"],
        ["makes a folder", "mkdir $out/a", "it is a folder"],
        ["makes a pipe", "mkfifo $out/a", "it is no regular file"],
    ])("refuses a script that %s", async (_what, text, message) => {
        expect(await told(text, { confined })).toContain(message)
    })

    test("shows what it said without what is known, and nothing of set -x", async () => {
        const prompt = "CANARY hunter2"
        const key = "-----BEGIN KEY-----\nCANARYkeyCANARYkey\n-----END KEY-----\n"
        const said = await told(
            'set -x; p=$(cat "$prompts/p"); echo "as it is: $p" >&2; printf %s "$p" | base64; cat "$in/ca/key"; ' +
                'echo CANARYmade > $out/a; cat $out/a; derived="x$p"; echo the reason; exit 4',
            { prompts: { p: prompt }, inputs: { "ca/key": key }, confined },
        )
        expect(said).toContain("failed with status 4")
        expect(said).toContain("as it is: ********")
        expect(said).toContain("the reason")
        expect(said).not.toMatch(/CANARY|hunter2|Q0FOQVJZ|derived/u)
        // Nor what runs around it.
        expect(said).not.toMatch(/ulimit|exec/u)
    })

    test("what it leaves running ends with it", async () => {
        const mark = String(randomBytes(4).readUInt32BE())
        const { a } = await written(`(sleep 9${mark} &) ; echo done > $out/a`, { confined })
        expect(a).toBe("done\n")
        await expect.poll(() => running(mark)).toEqual([])
    })

    test("is stopped when it hangs, with all that it started", async () => {
        const mark = String(randomBytes(4).readUInt32BE())
        const some = { seconds: 1, prompts: { p: "CANARY" }, confined }
        const began = Date.now()
        expect(await told(`cat $prompts/p >&2; (sleep 7${mark} & wait) & sleep 8${mark}`, some)).toMatch(
            /stopped after 1 seconds\n.*\*{8}/su,
        )
        expect(Date.now() - began).toBeLessThan(15_000)
        await expect.poll(() => running(mark)).toEqual([])
    })
})

/** The command lines of all processes that hold a mark. */
function running(mark: string): readonly string[] {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/u.test(name))
        .flatMap((pid) => {
            try {
                const line = readFileSync(`/proc/${pid}/cmdline`, "latin1")
                return line.startsWith("sleep\0") && line.includes(mark) ? [line] : []
            } catch {
                return []
            }
        })
}

describe("in the sandbox", () => {
    test("nothing of the environment is there", async () => {
        const { a = "" } = await written("env > $out/a", {
            env: { CANARY: "CANARY", SOPS_AGE_KEY: "CANARY" },
        })
        expect(a).not.toContain("CANARY")
        expect(
            a
                .trim()
                .split("\n")
                .map((line) => line.replace(/=.*/u, ""))
                .toSorted(),
        ).toEqual(["BASH_XTRACEFD", "HOME", "OLDPWD", "PATH", "PWD", "SHLVL", "TMPDIR", "_", "in", "out"])
    })

    test("processes of others are not there", async () => {
        const { a = "" } = await written("cat /proc/[0-9]*/cmdline | tr '\\0' ' ' > $out/a")
        expect(a).toContain("bash")
        expect(a).not.toMatch(/vitest|node/u)
    })

    test("there is no network, not even to this machine", async () => {
        let visitors = 0
        const server = createServer((socket) => {
            visitors++
            socket.end("CANARY")
        })
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
        const address = server.address()
        const port = typeof address === "object" ? address?.port : 0
        const said = await told(`exec 3<>/dev/tcp/127.0.0.1/${port}; cat <&3 > $out/a`)
        server.close()
        expect(said).toContain("failed with status 1")
        expect(visitors).toBe(0)
    })

    test("files of the caller are not there, and nothing of the machine can be written", async () => {
        const canary = join(folder, "canary")
        writeFileSync(canary, "CANARY")
        chmodSync(canary, 0o644)
        const { a = "" } = await written(
            `cat ${canary} ${homedir()}/.ssh/* /etc/shadow > $out/a 2>&1 || :; ` +
                "for f in / /usr /usr/bin /proc/sys/kernel /dev /nix/store; do [ -w $f ] && touch $f/x 2>/dev/null && echo writes $f; done >> $out/a || :; " +
                "ls -d /home /root /var /run/* >> $out/a 2>&1 || :",
        )
        expect(a).not.toMatch(/CANARY|writes/u)
        expect(a).toContain("/run/generator\n")
        expect(a).not.toMatch(/^\/(?:home|root|var)$/mu)
    })

    test.each([
        ["device", "mknod $out/a c 1 5"],
        ["other name of a file of the machine", "ln $(type -p bash) $out/a"],
        ["namespaces of its own", "unshare -Ur true; echo > $out/a"],
        ["file that fills the memory", "head -c 100000000 /dev/zero > $out/a"],
        ["files that fill the memory", "for i in $(seq 100); do head -c 1000000 /dev/zero > $out/$i; done"],
    ])("it makes no %s", async (_what, text) => {
        expect(await told(text)).toContain("failed with status")
    })

    test("what it leaves running in a session of its own ends with it, too", async () => {
        const mark = String(randomBytes(4).readUInt32BE())
        const { a } = await written(`(setsid sleep 9${mark} &) ; echo done > $out/a`)
        expect(a).toBe("done\n")
        await expect.poll(() => running(mark)).toEqual([])
    })

    test("its processes, files and cores are limited, and it cannot change that", async () => {
        const { a } = await written(
            "ulimit -u 9999 2>/dev/null || :; for l in u f c n t; do ulimit -H$l; done > $out/a",
        )
        expect(a).toBe("512\n65536\n0\n1024\n20\n")
    })

    test("a file that says what runs it is run by that, another one by bash", async () => {
        const file = (name: string, text: string): string => {
            writeFileSync(join(folder, name), text, { mode: 0o755 })
            return join(folder, name)
        }
        const plain = file("plain", 'echo "$-" > $out/a')
        const shell = file("shell", '#!/bin/sh -f\necho "$-" > $out/a')
        expect((await written("", { path: plain }))["a"]).not.toContain("e")
        expect((await written("", { path: shell }))["a"]).toContain("f")
    })

    test("no file of the machine holds any of it, however it ends", async () => {
        const mark = `CANARY${randomBytes(12).toString("hex")}`
        const begin = Date.now() - 1000
        const some = { prompts: { p: mark }, inputs: { "ca/key": mark }, there: { b: mark }, seconds: 1 }
        const text = "cat $prompts/p $in/ca/key > $out/a; cp $out/a /tmp/x; cp $out/a /dev/shm/x"
        await written(text, some)
        await told(`${text}; exit 1`, some)
        await told(`${text}; sleep 10`, some)
        const places = [tmpdir(), "/var/tmp", "/dev/shm", "/run", process.cwd()]
        expect(places.flatMap((place) => holding(place, mark, begin))).toEqual([])
    })
})

/** Files below a folder, three deep, that are new and hold a mark. */
function holding(place: string, mark: string, since: number, depth = 3): readonly string[] {
    const names = ((): readonly string[] => {
        try {
            return readdirSync(place)
        } catch {
            return []
        }
    })()
    return names.flatMap((name) => {
        const path = join(place, name)
        try {
            const status = statSync(path)
            if (status.isDirectory())
                return depth === 0 || name === "node_modules" ? [] : holding(path, mark, since, depth - 1)
            if (!status.isFile() || status.mtimeMs < since || status.size > 10_000_000) return []
            return readFileSync(path).includes(mark) ? [path] : []
        } catch {
            return []
        }
    })
}

describe("without the sandbox", () => {
    const shm = () => readdirSync("/dev/shm").filter((name) => name.startsWith("hostseal-script-"))

    test("it has all that the caller may do, and leaves nothing", async () => {
        const canary = join(folder, "own")
        writeFileSync(canary, "CANARY")
        const env = { XDG_RUNTIME_DIR: "" }
        expect(await written(`cat ${canary} > $out/a`, { confined: false, env })).toEqual({ a: "CANARY" })
        await told("exit 1", { confined: false, env })
        expect(shm().filter((name) => name.startsWith(`hostseal-script-${process.pid}-`))).toEqual([])
    })

    test("what a killed run left is removed by the next", async () => {
        const left = mkdtempSync("/dev/shm/hostseal-script-4194999-")
        writeFileSync(join(left, "a"), "CANARY")
        await written("echo > $out/a", { confined: false, env: { XDG_RUNTIME_DIR: "" } })
        expect(existsSync(left)).toBe(false)
    })
})

test("where bubblewrap is missing, nothing runs", async () => {
    const bin = mkdtempSync(join(folder, "bin-"))
    const mark = join(folder, "ran")
    for (const name of ["bash", "head", "base64", "mkdir"])
        writeFileSync(join(bin, name), `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 })
    await expect(written("echo > $out/a", { env: { PATH: bin } })).rejects.toThrow(
        "bubblewrap (bwrap) is not installed",
    )
    expect(existsSync(mark)).toBe(false)
})
