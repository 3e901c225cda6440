// A child process of this very program that reads what might hurt: it can be killed, and dies alone. What the requests
// and answers mean is the business of those who call; here they are bytes.

import { run } from "./children.ts"
import { sshChildArgument } from "./ssh-child-argument.ts"

const largestMessage = 65536
const defaultDeadline = 15_000

/**
 * Has a child answer requests: `program` is a file that Node can run and that answers to `sshChildArgument`, i.e. the
 * running program itself. The child gets an empty environment, its request over standard input, and is ended after the
 * deadline (in milliseconds), or when it answers too much. Rejects when it dies in any way; no text of it is kept.
 */
export function gatedRunner(
    program: string,
    deadline: number = defaultDeadline,
): (request: Buffer) => Promise<Buffer> {
    return async (request) => {
        const { end, stdout } = await run({
            program: process.execPath,
            // A limit on memory too: the child reads a file that its author may have made to hurt.
            args: ["--max-old-space-size=256", program, sshChildArgument],
            env: {},
            cwd: "/",
            deadline,
            input: request,
            maxOutput: largestMessage,
        })
        if (end.kind !== "exit" || end.code !== 0) throw new Error("the child that reads SSH keys died")
        return stdout
    }
}

/** The child's whole life: one request from standard input, one answer to standard output. */
export async function runSshChild(answer: (request: Buffer) => Promise<Buffer>): Promise<void> {
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of process.stdin) {
        const bytes = Buffer.from(chunk)
        length += bytes.length
        if (length > largestMessage) throw new Error("the request is too long")
        chunks.push(bytes)
    }
    process.stdout.write(await answer(Buffer.concat(chunks)))
}
