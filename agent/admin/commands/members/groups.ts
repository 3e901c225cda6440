import { command } from "../../cli/command.ts"
import type { Command } from "../../cli/command.ts"
import { existing, newName, secrets } from "../../cli/options.ts"

const freshGroup = { ...existing.group, fresh: true } as const

export const groupCommands: readonly Command[] = [
    command(
        {
            words: "groups list",
            summary: "List all groups with their members",
            examples: [["hostseal groups list", "machines and users of each group"]],
            args: [],
            options: {},
            effect: "reads",
        },
        async () => (await import("./readers-list.ts")).listGroups,
    ),
    command(
        {
            words: "groups add-user",
            aliases: ["groups add"],
            summary: "Add a user to a group, and make the group if it is new",
            examples: [["hostseal groups add-user admins alice", "alice can read what admins can read"]],
            args: [freshGroup, existing.user],
            options: {},
            effect: "writes",
        },
        async () => (await import("./members.ts")).addUserToGroup,
    ),
    command(
        {
            words: "groups remove-user",
            summary: "Remove a user from a group",
            description: ["A group without members is gone, from the secrets too."],
            examples: [["hostseal groups remove-user admins bob", "bob keeps what is his own"]],
            args: [existing.group, { ...existing.user, within: true }],
            options: {},
            effect: "writes",
        },
        async () => (await import("./members.ts")).removeUserFromGroup,
    ),
    command(
        {
            words: "groups add-machine",
            summary: "Add a machine to a group, and make the group if it is new",
            examples: [["hostseal groups add-machine web web01", "web01 can read what web can read"]],
            args: [freshGroup, existing.machine],
            options: {},
            effect: "writes",
        },
        async () => (await import("./members.ts")).addMachineToGroup,
    ),
    command(
        {
            words: "groups remove-machine",
            summary: "Remove a machine from a group",
            description: ["A group without members is gone, from the secrets too."],
            examples: [["hostseal groups remove-machine web web01", "web01 keeps what is its own"]],
            args: [existing.group, { ...existing.machine, within: true }],
            options: {},
            effect: "writes",
        },
        async () => (await import("./members.ts")).removeMachineFromGroup,
    ),
    command(
        {
            words: "groups rename",
            summary: "Give a group another name",
            description: ["Members and secrets go with it. Nobody can read more or less."],
            examples: [["hostseal groups rename admins ops", "one commit"]],
            args: [existing.group, newName("group")],
            options: {},
            effect: "writes",
        },
        async () => (await import("./rename.ts")).renameGroup,
    ),
    command(
        {
            words: "groups add-secret",
            summary: "Let a group read secrets",
            examples: [
                ["hostseal groups add-secret admins wifi", "every member can read wifi"],
                ["hostseal groups add-secret admins 'web.*' vpn", "many, in one commit"],
            ],
            args: [existing.group, secrets],
            options: {},
            effect: "writes",
        },
        async () => (await import("./grants.ts")).grantToGroup,
    ),
    command(
        {
            words: "groups remove-secret",
            summary: "Take a group's access to secrets away",
            examples: [["hostseal groups remove-secret admins wifi", "links of single members stay"]],
            args: [existing.group, { ...secrets, within: true }],
            options: {},
            effect: "writes",
        },
        async () => (await import("./grants.ts")).revokeFromGroup,
    ),
]
