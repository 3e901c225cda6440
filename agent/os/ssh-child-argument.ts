/** The private first argument by which a program of ours runs `runSshChild` and nothing else. */
export const sshChildArgument = "--ssh-key-child"
