// What holds for every command, for the man pages and the command reference.

type Row = readonly [name: string, meaning: string]

/** How commands end. Scripts count on these. */
export const exitCodes: readonly Row[] = [
    ["0", "done, also when there was nothing to do"],
    ["1", "failure"],
    ["2", "a command line that makes no sense, or a question that there is no terminal for"],
    ["5", "what was judged is not as it should be: status, verify, debt, doctor, machines bootstrap --check"],
    ["130", "interrupted"],
]

/** What is taken from the environment. */
export const variables: readonly Row[] = [
    ["CLAN_DIR", "the repository to work on, as --flake"],
    ["CLAN_NO_COMMIT", "changes are not committed, as with --no-commit"],
    [
        "SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, SOPS_AGE_KEY_CMD",
        "your identities, a file of them, a command that prints them",
    ],
    ["AGE_KEY, AGE_KEYFILE", "the same, for clan's age store"],
    ["SOPS_AGE_SSH_PRIVATE_KEY_FILE", "an SSH key to open files with"],
    ["SOPS_PGP_FP, SOPS_GPG_EXEC", "the fingerprints of your PGP keys, and the gpg to use"],
    ["HOSTSEAL_AGE_PLUGINS", "age plugins that may run, absolute paths with colons between them"],
    ["SOPS_NIX_SECRET", "the value that set takes, instead of asking"],
    ["SOPS_EDITOR, VISUAL, EDITOR", "the editor for edit"],
    ["XDG_CONFIG_HOME, XDG_RUNTIME_DIR", "where key files lie, and where values lie while they are edited"],
    ["NO_COLOR, TERM", "no colours when the first is set, or the second is dumb"],
]
