// What a unit that names a secret needs when the secret has changed or has come at last. Trying to restart does nothing
// for a unit that failed for want of it; starting whatever is not running would undo what somebody stopped by hand.

/** A unit as `systemctl show` describes it. */
export type UnitState = ReadonlyMap<string, string>

export const shownProperties = [
    "Id",
    "ActiveState",
    "ActiveEnterTimestampMonotonic",
    "ActiveExitTimestampMonotonic",
    "ExecMainExitTimestampMonotonic",
    "ConditionTimestampMonotonic",
    "ConditionResult",
    "AssertResult",
    "WantedBy",
    "RequiredBy",
    "Job",
].join(",")

/** Has a job while NixOS switches to another configuration, which starts units itself when all is ready for them. */
export const switchTarget = "sysinit-reactivation.target"

/** The units in the output of `systemctl show`, which has an empty line between two. */
export function parseStates(shown: string): UnitState[] {
    return shown
        .split(/\n\n+/u)
        .map((block) => {
            const lines = block.split("\n").filter((line) => line.includes("="))
            return new Map(
                lines.map((line) => [
                    line.slice(0, line.indexOf("=")),
                    line.slice(line.indexOf("=") + 1).trim(),
                ]),
            )
        })
        .filter((state) => (state.get("Id") ?? "") !== "")
}

/** What is to be done beyond trying to restart. */
export interface Rescue {
    /** Units whose failures are forgotten, so that a limit on starts does not count them. */
    readonly reset: readonly string[]
    /** Units that are started although they do not run. */
    readonly start: readonly string[]
    /** Units that are started if one of those that want them is active. */
    readonly maybe: ReadonlyMap<string, readonly string[]>
}

export function rescueOf(states: readonly UnitState[]): Rescue {
    const reset: string[] = []
    const start: string[] = []
    const maybe = new Map<string, readonly string[]>()
    const isSwitching = states.some((state) => state.get("Id") === switchTarget && number(state, "Job") > 0)
    for (const state of states) {
        const id = state.get("Id") ?? ""
        if (id === switchTarget) continue
        const active = state.get("ActiveState")
        // Waiting for its next automatic restart, too.
        if (active === "activating") reset.push(id)
        if (active === "failed" && !wasStopped(state)) {
            reset.push(id)
            start.push(id)
        }
        if (active === "inactive" && !isSwitching && neverHadItsTurn(state)) maybe.set(id, wantersOf(state))
    }
    return { reset, start, maybe }
}

/** Somebody stopped it, and it ended with an error when it was told to. */
function wasStopped(state: UnitState): boolean {
    const left = number(state, "ActiveExitTimestampMonotonic")
    return left > 0 && number(state, "ExecMainExitTimestampMonotonic") > left
}

/** It was to be started, and something that it needs failed, or a condition did not hold. */
function neverHadItsTurn(state: UnitState): boolean {
    if (number(state, "ActiveEnterTimestampMonotonic") > 0) return false
    return (
        number(state, "ConditionTimestampMonotonic") === 0 ||
        state.get("ConditionResult") === "no" ||
        state.get("AssertResult") === "no"
    )
}

function wantersOf(state: UnitState): string[] {
    return ["WantedBy", "RequiredBy"].flatMap((by) => (state.get(by) ?? "").split(" ").filter(Boolean))
}

function number(state: UnitState, property: string): number {
    return Number(state.get(property) ?? 0)
}
