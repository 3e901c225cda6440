// A person at a real terminal, for tests: runs a program on a pseudo terminal and answers what it asks.

import { spawn } from "node:child_process"

/** Wait for a text, type something, send a signal to the program (not to its terminal), or wait a little. */
export type Step =
    | { readonly expect: string }
    | { readonly type: string }
    | { readonly signal: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGSTOP" | "SIGCONT" }
    | { readonly wait: number }

export interface Session {
    /** Everything the terminal showed, with CR LF as LF. */
    readonly shown: string
    /** As python's subprocess has it: the exit code, or minus the number of the signal. */
    readonly status: number
    /** The terminal echoes and edits lines again, as it did before. */
    readonly restored: boolean
}

const driver = String.raw`
import fcntl, json, os, pty, select, signal, struct, subprocess, sys, termios, time
job = json.load(sys.stdin)
master, slave = pty.openpty()
if job["size"]:
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", job["size"][0], job["size"][1], 0, 0))
before = termios.tcgetattr(slave)
def own():
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
child = subprocess.Popen(job["argv"], stdin=slave, stdout=subprocess.PIPE if job["pipe"] else slave, stderr=slave,
                         env=job["env"], cwd=job["cwd"], preexec_fn=own, close_fds=True)
shown = b""
def pump(timeout):
    global shown
    ready, _, _ = select.select([master], [], [], timeout)
    if ready:
        try:
            shown += os.read(master, 65536)
        except OSError:
            pass
    return bool(ready)
position = 0
end = time.time() + 20
for step in job["steps"]:
    if "expect" in step:
        wanted = step["expect"].encode()
        while wanted not in shown[position:]:
            if time.time() > end or (child.poll() is not None and not pump(0.2)):
                sys.exit("never saw %r in %r" % (wanted, shown))
            pump(0.1)
        position = shown.index(wanted, position) + len(wanted)
        time.sleep(0.05)
    elif "type" in step:
        os.write(master, step["type"].encode())
    elif "signal" in step:
        child.send_signal(getattr(signal, step["signal"]))
    else:
        until = time.time() + step["wait"] / 1000
        while time.time() < until:
            pump(0.01)
while child.poll() is None:
    if time.time() > end:
        child.kill()
        sys.exit("did not end; showed %r" % shown)
    pump(0.05)
while pump(0.05):
    pass
out = child.stdout.read().decode("utf8", "replace") if job["pipe"] else ""
same = termios.tcgetattr(slave)[:4] == before[:4]
json.dump({"shown": shown.decode("utf8", "replace"), "status": child.returncode, "restored": same, "out": out}, sys.stdout)
`

/** Runs `argv` on a terminal. With `pipe`, its standard output is a pipe and comes back as `out`. */
export async function atTerminal(
    argv: readonly string[],
    steps: readonly Step[],
    options: {
        readonly env?: Record<string, string>
        readonly cwd?: string
        readonly pipe?: boolean
        readonly size?: readonly [rows: number, columns: number]
    } = {},
): Promise<Session & { readonly out: string }> {
    const {
        env = { PATH: process.env["PATH"] ?? "", TERM: "xterm" },
        cwd = "/",
        pipe = false,
        size = null,
    } = options
    const python = spawn("python3", ["-c", driver], { stdio: ["pipe", "pipe", "pipe"] })
    python.stdin.end(JSON.stringify({ argv, steps, env, cwd, pipe, size }))
    const out: Buffer[] = []
    const err: Buffer[] = []
    python.stdout.on("data", (chunk: Buffer) => out.push(chunk))
    python.stderr.on("data", (chunk: Buffer) => err.push(chunk))
    const code = await new Promise((resolve) => {
        python.once("close", resolve)
    })
    if (code !== 0) throw new Error(Buffer.concat(err).toString())
    const session: Session & { out: string } = JSON.parse(Buffer.concat(out).toString())
    return { ...session, shown: session.shown.replaceAll("\r\n", "\n") }
}

/** A node program that may import from `agent/`, as an argument list. */
export function nodeProgram(source: string): string[] {
    const root = new URL("../../agent/", import.meta.url).href
    return [process.execPath, "--input-type=module", "-e", source.replaceAll("agent:", root)]
}
