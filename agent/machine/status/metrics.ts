import type { Status, StatusEntry } from "./status.ts"

const bindings = ["bound", "elsewhere", "readers", "entries", "unbound"] as const
const states = ["installed", "stale", "missing", "stand-in"] as const

/**
 * A status in the text format of Prometheus, for the textfile collector of its node exporter. Names of secrets are
 * in it only on request (docs/security-rules.md#what-is-told).
 */
export function metricsText(status: Status, withNames: boolean): string {
    const labels = `symlink="${escape(status.symlink)}"`
    const entries = [...status.secrets, ...status.templates]
    const count = (state: StatusEntry["state"]): number =>
        entries.filter((entry) => entry.state === state).length
    const bound = (verdict: string): number =>
        status.secrets.filter(({ binding }) => binding === verdict).length
    const lines = [
        ...metric(
            "hostseal_secrets",
            "Secrets and templates by what became of them.",
            states.map((state) => `{${labels},state="${state}"} ${count(state)}`),
        ),
        ...metric(
            "hostseal_bindings",
            "Secrets by what their binding to a place and readers proves; those that were not checked are not counted.",
            bindings.map((verdict) => `{${labels},verdict="${verdict}"} ${bound(verdict)}`),
        ),
        ...metric("hostseal_generation", "Number of the live generation, 0 when there is none.", [
            `{${labels}} ${status.generation ?? 0}`,
        ]),
        ...metric("hostseal_last_run_timestamp_seconds", "When the agent last ran.", [
            `{${labels}} ${seconds(status.run.at)}`,
        ]),
        ...metric("hostseal_last_success_timestamp_seconds", "When everything was last as it should be.", [
            `{${labels}} ${status.lastSuccess === null ? 0 : seconds(status.lastSuccess)}`,
        ]),
        ...metric("hostseal_last_run_exit_code", "Exit code of the last run.", [
            `{${labels}} ${status.run.exitCode}`,
        ]),
    ]
    if (withNames)
        lines.push(
            ...metric("hostseal_secret_installed", "Whether a secret or template has its current value.", [
                ...status.secrets.map(
                    (entry) => `{${labels},secret="${escape(entry.name)}"} ${current(entry)}`,
                ),
                ...status.templates.map(
                    (entry) => `{${labels},template="${escape(entry.name)}"} ${current(entry)}`,
                ),
            ]),
        )
    return `${lines.join("\n")}\n`
}

function metric(name: string, help: string, samples: readonly string[]): string[] {
    return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples.map((sample) => `${name}${sample}`)]
}

function current(entry: StatusEntry): number {
    return entry.state === "installed" && entry.problem.length === 0 ? 1 : 0
}

function seconds(time: string): number {
    return Date.parse(time) / 1000
}

function escape(text: string): string {
    return text
        .replaceAll("\\", String.raw`\\`)
        .replaceAll('"', String.raw`\"`)
        .replaceAll("\n", String.raw`\n`)
}
