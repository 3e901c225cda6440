// Reads one document in a process of its own, does with it what the programs do, and prints what that cost.
import { readFileSync } from "node:fs"
import process from "node:process"
import * as z from "zod"
import { parseIdentity } from "../../agent/age/identity.ts"
import { keyChecker } from "../../agent/sops/check.ts"
import { parseDocument } from "../../agent/sops/document.ts"
import { MacMismatch, NoIdentityMatch, SopsError } from "../../agent/sops/error.ts"
import { openDocument } from "../../agent/sops/open.ts"
import { examine } from "../../agent/sops/shape/shape.ts"
import { unlock } from "../../agent/sops/unlock.ts"

const [path = "", named, secret = ""] = process.argv.slice(2)
const format = z.enum(["json", "yaml", "dotenv", "ini", "binary"]).parse(named)
const said: string[] = []
try {
    const document = await parseDocument(readFileSync(path), format)
    examine(document)
    attempt(() => keyChecker(document)("a/1"))
    const dataKey = await unlock(document, { identities: [parseIdentity(secret)] })
    attempt(() => openDocument(document, dataKey).whole())
    said.push("opened")
} catch (error) {
    expected(error)
}
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
const cost = { seconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024, said }
process.stdout.write(JSON.stringify(cost))

function attempt(work: () => unknown): void {
    try {
        work()
    } catch (error) {
        expected(error)
    }
}

function expected(error: unknown): void {
    const isTyped =
        error instanceof SopsError || error instanceof MacMismatch || error instanceof NoIdentityMatch
    if (!isTyped) throw error
    said.push(error.message.slice(0, 200))
}
