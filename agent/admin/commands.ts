// Every command of the program. To add one: describe it in commands/<noun>.ts, implement it in
// commands/<noun>-<verb>.ts, and, for a new noun, list it here.

import type { Command, Noun } from "./cli/command.ts"
import { doctorCommands } from "./commands/doctor.ts"
import { varCommands } from "./commands/vars/vars.ts"
import { gitCommands } from "./commands/git/drivers.ts"
import { groupCommands } from "./commands/members/groups.ts"
import { importCommands } from "./commands/import/import.ts"
import { insightCommands } from "./commands/access.ts"
import { keyCommands } from "./commands/key/key.ts"
import { machineCommands } from "./commands/members/machines.ts"
import { pastCommands } from "./commands/past/past.ts"
import { postQuantumCommands } from "./commands/post-quantum.ts"
import { programCommands } from "./commands/program.ts"
import { secretCommands } from "./commands/secrets/secrets.ts"
import { signedCommands } from "./commands/signed.ts"
import { userCommands } from "./commands/members/users.ts"

export const nouns: readonly Noun[] = [
    { name: "key", aliases: ["keys"], summary: "Your own private keys" },
    { name: "users", aliases: ["user"], summary: "People, who manage secrets" },
    { name: "machines", aliases: ["machine"], summary: "Hosts, which use secrets" },
    { name: "vars", aliases: ["var"], summary: "Values that generators made, by machine" },
    { name: "groups", aliases: ["group"], summary: "Users and machines that share secrets" },
    { name: "audit", aliases: [], summary: "Who can read what, now and in the past" },
]

/** In the order of the help. */
export const commands: readonly Command[] = [
    ...secretCommands,
    ...varCommands,
    ...importCommands,
    ...keyCommands,
    ...userCommands,
    ...machineCommands,
    ...groupCommands,
    ...insightCommands,
    ...pastCommands,
    ...signedCommands,
    ...postQuantumCommands,
    ...gitCommands,
    ...doctorCommands,
    ...programCommands(() => ({ commands, nouns })),
]
