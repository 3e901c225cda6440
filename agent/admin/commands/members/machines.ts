import { command } from "../../cli/command.ts"
import type { Command } from "../../cli/command.ts"
import {
    existing,
    firstSecrets,
    force,
    keyArgument,
    keyOptions,
    like,
    newName,
    secrets,
} from "../../cli/options.ts"

export const machineCommands: readonly Command[] = [
    command(
        {
            words: "machines list",
            summary: "List the names of all machines",
            examples: [["hostseal machines list", "one a line"]],
            args: [],
            options: {},
            effect: "reads",
        },
        async () => (await import("./readers-list.ts")).listMachines,
    ),
    command(
        {
            words: "machines add",
            summary: "Add a machine by its public key",
            description: [
                "The key is an age key (age1…) or the machine's SSH host key, from which the age key is made. With --force " +
                    "the keys of a machine that exists are replaced, and all it can read is encrypted again.",
            ],
            examples: [
                ["hostseal machines add web01 age1…", "with an age key"],
                ["hostseal machines add ci age1… --secret deploy.token", "which can read one secret at once"],
                [
                    "hostseal machines add web01 --ssh-host web01.example.org",
                    "asks the host; check the fingerprint it shows",
                ],
                [
                    "hostseal machines add web01 --ssh-key ssh_host_ed25519_key.pub",
                    "from its public host key",
                ],
                [
                    "hostseal machines add web02 age1… --like web01",
                    "under a .sops.yaml: in the rules where web01 is",
                ],
            ],
            args: [{ ...existing.machine, fresh: true, completes: "nothing" }, keyArgument],
            options: {
                "age-key": keyOptions["age-key"],
                "ssh-host": { type: "string", value: "HOST", summary: "Ask this host for its SSH host key" },
                "ssh-key": {
                    type: "string",
                    value: "FILE",
                    kind: "file",
                    summary:
                        "Take the SSH host key from a file (.pub, or what ssh-keyscan printed); - is standard input",
                },
                ...force,
                like: { ...like, completes: "machine" },
                ...firstSecrets,
            },
            effect: "writes",
        },
        async () => (await import("./readers.ts")).addMachine,
    ),
    command(
        {
            words: "machines bootstrap",
            summary: "Make the host key of a new machine, before it is installed",
            description: [
                "Makes an SSH host key, adds its public half to the repository, and prints a directory with the private " +
                    "half, for nixos-anywhere --extra-files: secrets can be encrypted for the machine before it exists. The " +
                    "directory is in memory; --output puts it elsewhere. With --check nothing is made: the machine is " +
                    "asked whether it came up with this key. Exit code 5 when it did not.",
            ],
            examples: [
                ["extra=$(hostseal machines bootstrap web01)", "make the key"],
                [
                    'nixos-anywhere --extra-files "$extra" --flake .#web01 root@192.0.2.1; rm -r "$extra"',
                    "install the machine with it",
                ],
                ["hostseal machines bootstrap web01 --check --ssh-host 192.0.2.1", "after its first boot"],
            ],
            args: [{ ...existing.machine, fresh: true }],
            options: {
                output: {
                    type: "string",
                    value: "DIR",
                    short: "o",
                    kind: "directory",
                    summary: "Write the files here, and not to a new directory in memory",
                },
                check: { type: "boolean", summary: "Ask the machine at --ssh-host whether it has its key" },
                "ssh-host": { type: "string", value: "HOST", summary: "Ask this host for its SSH host key" },
                ...force,
            },
            effect: "writes",
        },
        async () => (await import("./bootstrap.ts")).bootstrap,
    ),
    command(
        {
            words: "machines status",
            summary: "Show which machines have installed which values",
            description: [
                "The agent of a machine tells from which encrypted file each of its secrets came. That is compared with the tree, " +
                    "and with the past of git: a secret is current, or the machine still has an earlier file of it, or none. " +
                    "With --ssh machines are asked as root@NAME (all of them without a name), with --heard one is heard by what " +
                    "it printed. This clone remembers what was said: without both it is shown again, and debt and rotate --finish " +
                    "go by it. Exit code 5 when a machine does not have what lies in the tree, or was never asked.",
            ],
            examples: [
                ["hostseal machines status web01 web02 --ssh", "asks both"],
                [
                    "ssh web01 hostseal-agent status --json | hostseal machines status web01 --heard -",
                    "hears what it said",
                ],
                ["hostseal machines status", "what all of them said last"],
            ],
            args: [
                {
                    name: "machine",
                    kind: "machine",
                    optional: true,
                    repeat: true,
                    summary: "names of machines",
                },
            ],
            options: {
                ssh: { type: "boolean", summary: "Ask them over SSH" },
                "ssh-host": { type: "string", value: "HOST", summary: "Ask one over SSH at this host" },
                heard: {
                    type: "string",
                    value: "FILE",
                    kind: "file",
                    summary: "What one printed; - is standard input",
                },
            },
            effect: "reads",
        },
        async () => (await import("./machine-status.ts")).machineStatus,
    ),
    command(
        {
            words: "machines get",
            summary: "Show the public key of a machine",
            examples: [["hostseal machines get web01", "one key a line"]],
            args: [existing.machine],
            options: {},
            effect: "reads",
        },
        async () => (await import("./readers-list.ts")).getMachine,
    ),
    command(
        {
            words: "machines needs",
            summary: "Show from which files a machine takes its secrets, and which of them it cannot open",
            description: [
                "Needs no private key. With --manifest they are those that the configuration of the machine names; without, " +
                    "those that it may read by links or rules. Exit code 5 when it cannot open one of them: it would find " +
                    "that out at its next boot.",
            ],
            examples: [
                ["hostseal machines needs web01", "by links, or by the rules of a .sops.yaml"],
                ["hostseal machines needs web01 --manifest manifest.json", "by its configuration"],
            ],
            args: [existing.machine],
            options: {
                manifest: {
                    type: "string",
                    value: "FILE",
                    kind: "file",
                    summary:
                        "The manifest of the machine (config.system.build.sops-nix-manifest); - is standard input",
                },
            },
            effect: "reads",
        },
        async () => (await import("./needs.ts")).showNeeds,
    ),
    command(
        {
            words: "machines rename",
            summary: "Give a machine another name",
            description: [
                "Everything goes with it: keys, groups, secrets, its own vars, and what is noted about it. Nobody can read more or " +
                    "less. The configuration of the machine has to be called so too.",
            ],
            examples: [["hostseal machines rename web01 web-old", "before another machine gets the name"]],
            args: [existing.machine, newName("machine")],
            options: {},
            effect: "writes",
        },
        async () => (await import("./rename.ts")).renameMachine,
    ),
    command(
        {
            words: "machines remove",
            summary: "Remove a machine, from groups and secrets too",
            examples: [
                [
                    "hostseal machines remove web01",
                    "a machine added under this name later starts with nothing",
                ],
            ],
            args: [existing.machine],
            options: {},
            effect: "writes",
        },
        async () => (await import("./readers.ts")).removeMachine,
    ),
    command(
        {
            words: "machines add-secret",
            summary: "Let a machine read secrets",
            examples: [
                ["hostseal machines add-secret web01 wifi", "web01 gets it with its next update"],
                ["hostseal machines add-secret web01 'web.*' vpn", "many, in one commit"],
            ],
            args: [existing.machine, secrets],
            options: {},
            effect: "writes",
        },
        async () => (await import("./grants.ts")).grantToMachine,
    ),
    command(
        {
            words: "machines remove-secret",
            summary: "Take a machine's access to secrets away",
            examples: [["hostseal machines remove-secret web01 wifi", "a group may still give access"]],
            args: [existing.machine, { ...secrets, within: true }],
            options: {},
            effect: "writes",
        },
        async () => (await import("./grants.ts")).revokeFromMachine,
    ),
    command(
        {
            words: "machines add-key",
            summary: "Add public keys to a machine",
            examples: [["hostseal machines add-key web01 age1…", "before its host key changes"]],
            args: [existing.machine, keyArgument],
            options: { "age-key": keyOptions["age-key"] },
            effect: "writes",
        },
        async () => (await import("./readers.ts")).addKeyToMachine,
    ),
    command(
        {
            words: "machines remove-key",
            summary: "Remove public keys from a machine",
            examples: [["hostseal machines remove-key web01 age1…", "after its host key has changed"]],
            args: [existing.machine, keyArgument],
            options: { "age-key": keyOptions["age-key"] },
            effect: "writes",
        },
        async () => (await import("./readers.ts")).removeKeyFromMachine,
    ),
]
