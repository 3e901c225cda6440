// Stands for the two programs: run with their private first argument it is the child that reads SSH keys.
import { answerRequest } from "../agent/age/ssh/sshpk.ts"
import { sshChildArgument } from "../agent/os/ssh-child-argument.ts"
import { runSshChild } from "../agent/os/ssh-child.ts"

if (process.argv[2] === sshChildArgument) void runSshChild(answerRequest)
