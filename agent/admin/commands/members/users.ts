import { command } from "../../cli/command.ts"
import type { Command } from "../../cli/command.ts"
import {
    existing,
    force,
    keyArgument,
    keyOptions,
    firstSecrets,
    like,
    making,
    newName,
    secrets,
} from "../../cli/options.ts"

export const userCommands: readonly Command[] = [
    command(
        {
            words: "users list",
            summary: "List the names of all users",
            examples: [["hostseal users list", "one a line"]],
            args: [],
            options: {},
            effect: "reads",
        },
        async () => (await import("./readers-list.ts")).listUsers,
    ),
    command(
        {
            words: "users add",
            summary: "Add a user by their public key",
            description: [
                "The key is an age key (age1…), an SSH key (ssh-ed25519 … or ssh-rsa …), or a file that holds one. Its " +
                    "private half is never needed; if you give it, only the public half is kept.",
                "With --force the keys of a user who exists are replaced, and all they can read is encrypted again.",
            ],
            examples: [
                ["hostseal users add alice age1wkth7…", "with an age key"],
                ["hostseal users add alice ~/.ssh/id_ed25519.pub", "with an SSH key"],
                ["hostseal users add carol age1… --like bob", "who can read what bob can"],
                ["hostseal users add alice --age-key age1… --age-key age1…", "with several"],
                [
                    "hostseal users add bob --pgp-key 9A9B2741C8062D3D3DF1302D8B049E262A5CA255",
                    "with a PGP key",
                ],
            ],
            args: [{ ...existing.user, fresh: true, completes: "nothing" }, keyArgument],
            options: { ...keyOptions, ...force, like: { ...like, completes: "user" }, ...firstSecrets },
            effect: "writes",
        },
        async () => (await import("./readers.ts")).addUser,
    ),
    command(
        {
            words: "users get",
            summary: "Show the public keys of a user",
            examples: [["hostseal users get alice", "a JSON list, as clan prints it"]],
            args: [existing.user],
            options: {},
            effect: "reads",
        },
        async () => (await import("./readers-list.ts")).getUser,
    ),
    command(
        {
            words: "users rename",
            summary: "Give a user another name",
            description: [
                "Everything goes with it: keys, groups, secrets, and what is noted about them. Nobody can read more or less.",
            ],
            examples: [["hostseal users rename bob robert", "one commit"]],
            args: [existing.user, newName("user")],
            options: {},
            effect: "writes",
        },
        async () => (await import("./rename.ts")).renameUser,
    ),
    command(
        {
            words: "offboard",
            summary: "Somebody leaves: remove them everywhere, and change what they know",
            description: [
                "One plan and one confirmation: what they can read, and through what; where they are removed; with --manifest " +
                    "which values their generators make anew; and which ones are left to change by hand. Everything that " +
                    "they could read is encrypted again with a new data key. hostseal audit user NAME --ever has what they " +
                    "could read in the past.",
            ],
            examples: [
                ["hostseal offboard bob --dry-run", "the plan"],
                ["hostseal offboard bob --manifest generators.json", "with what generators make"],
                ["hostseal offboard bob --yes", "without a question, from a script"],
            ],
            args: [existing.user],
            options: making,
            effect: "writes",
        },
        async () => (await import("../../offboard/offboard.ts")).offboard,
    ),
    command(
        {
            words: "users remove",
            summary: "Remove a user, from groups and secrets too",
            description: [
                "All they could read is encrypted again with a new data key. They may have kept the values: " +
                    "hostseal debt lists what to change at its origin.",
            ],
            examples: [
                ["hostseal users remove bob --dry-run", "what bob would lose"],
                ["hostseal users remove bob", "do it"],
            ],
            args: [existing.user],
            options: {},
            effect: "writes",
        },
        async () => (await import("./readers.ts")).removeUser,
    ),
    command(
        {
            words: "users add-secret",
            summary: "Let a user read secrets",
            examples: [
                ["hostseal users add-secret bob wifi", "bob can read wifi"],
                ["hostseal users add-secret bob 'web.*' vpn", "many, in one commit"],
            ],
            args: [existing.user, secrets],
            options: {},
            effect: "writes",
        },
        async () => (await import("./grants.ts")).grantToUser,
    ),
    command(
        {
            words: "users remove-secret",
            summary: "Take a user's access to secrets away",
            examples: [["hostseal users remove-secret bob wifi", "a group may still give access"]],
            args: [existing.user, { ...secrets, within: true }],
            options: {},
            effect: "writes",
        },
        async () => (await import("./grants.ts")).revokeFromUser,
    ),
    command(
        {
            words: "users add-key",
            summary: "Add public keys to a user",
            examples: [["hostseal users add-key alice age1…", "alice can read everything with this key too"]],
            args: [existing.user, keyArgument],
            options: { ...keyOptions },
            effect: "writes",
        },
        async () => (await import("./readers.ts")).addKeyToUser,
    ),
    command(
        {
            words: "users remove-key",
            summary: "Remove public keys from a user",
            examples: [["hostseal users remove-key alice age1…", "a lost key can read no later version"]],
            args: [existing.user, keyArgument],
            options: { ...keyOptions },
            effect: "writes",
        },
        async () => (await import("./readers.ts")).removeKeyFromUser,
    ),
]
