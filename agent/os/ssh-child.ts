import { spawn } from "node:child_process"
import { answerRequest } from "../age/ssh/sshpk.ts"
import type { RunGated } from "../age/ssh/key.ts"
import { sshChildArgument } from "./ssh-child-argument.ts"

const largestMessage = 65536
const defaultDeadline = 15_000

/**
 * Runs sshpk in a child process: `program` is a file that Node can run and that answers to `sshChildArgument`, i.e.
 * the running program itself. The child gets an empty environment, its key over standard input, and is killed after
 * the deadline (in milliseconds), or when it answers too much. Rejects when it dies in any way; no text of it is kept.
 */
export function gatedRunner(program: string, deadline: number = defaultDeadline): RunGated {
    return async (request) => {
        const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
        // A limit on memory too: the child reads a file that its author may have made to hurt.
        const child = spawn(process.execPath, ["--max-old-space-size=256", program, sshChildArgument], {
            cwd: "/",
            env: {},
            stdio: ["pipe", "pipe", "ignore"],
            timeout: deadline,
            killSignal: "SIGKILL",
        })
        const answer: Buffer[] = []
        let length = 0
        child.stdout.on("data", (chunk: Buffer) => {
            length += chunk.length
            if (length > largestMessage) child.kill("SIGKILL")
            else answer.push(chunk)
        })
        child.on("error", reject)
        child.on("close", (code) => {
            if (code === 0 && length <= largestMessage) resolve(Buffer.concat(answer))
            else reject(new Error("the child that reads SSH keys died"))
        })
        // A child that dies early closes its input; its exit says enough.
        child.stdin.on("error", () => undefined)
        child.stdin.end(request)
        return await promise
    }
}

/** The child's whole life: one request from standard input, one answer to standard output. */
export async function runSshChild(): Promise<void> {
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of process.stdin) {
        const bytes = Buffer.from(chunk)
        length += bytes.length
        if (length > largestMessage) throw new Error("the request is too long")
        chunks.push(bytes)
    }
    process.stdout.write(await answerRequest(Buffer.concat(chunks)))
}
