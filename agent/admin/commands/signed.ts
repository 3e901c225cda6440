import { command } from "../cli/command.ts"
import type { Command } from "../cli/command.ts"

export const signedCommands: readonly Command[] = [
    command(
        {
            words: "introduce",
            summary: "Say where signed history begins, for verify --signed in this clone",
            description: [
                "From this commit on every commit must be signed with a key that all of its parents name in " +
                    "sops/users/NAME/signers: SSH public keys, one a line, and PGP public keys in their armour. The commit " +
                    "itself must be signed with the key of this fingerprint, and name it. Both are kept in git's " +
                    "configuration of this clone; take them from somebody you trust, and not from the repository.",
            ],
            examples: [
                ["hostseal introduce 3f2a1c SHA256:…", "as ssh-keygen -lf KEY.pub shows it"],
                [
                    "hostseal introduce v1.0 0123456789ABCDEF0123456789ABCDEF01234567",
                    "the fingerprint of a PGP key",
                ],
            ],
            args: [
                { name: "commit", summary: "the commit that everything descends from" },
                { name: "fingerprint", summary: "the whole fingerprint of the key that has signed it" },
            ],
            options: {},
            effect: "reads",
        },
        async () => (await import("../signed/introduce.ts")).introduceCommit,
    ),
    command(
        {
            words: "attest",
            summary: "Vouch for commits that are not signed, with a signed commit",
            description: [
                "Lists the commits that verify --signed objects to, and when you have looked at them makes a commit that " +
                    "changes nothing and is signed as git is set to sign. It counts when the last good commit before them " +
                    "lets you sign. For what a forge has squashed or rebased.",
            ],
            examples: [["hostseal attest", "after a look at each of them: git show, hostseal audit"]],
            args: [],
            options: {},
            effect: "writes",
        },
        async () => (await import("../signed/attest.ts")).attest,
    ),
]
