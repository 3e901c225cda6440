import { foreignSources } from "./foreign-source.ts"
import type { Host } from "./host.ts"
import { compare, unknownOwner } from "./generation/compare.ts"
import type { Delta } from "./generation/compare.ts"
import { loadIdentities, noIdentity } from "./identities.ts"
import type { MachineKeys } from "./identities.ts"
import { lookAtLive } from "./generation/live.ts"
import type { Live } from "./generation/live.ts"
import { entriesOf } from "./manifest/manifest.ts"
import type { Manifest, Principal, SecretEntry } from "./manifest/manifest.ts"
import { openSecrets } from "./open-secrets.ts"
import type { Opened, Opening } from "./open-secrets.ts"
import { lookUpOwners, onlyOwner } from "./owners.ts"
import type { Owners } from "./owners.ts"
import { plan } from "./generation/plan.ts"
import type { GenerationPlan } from "./generation/plan.ts"
import { version } from "./version.ts"

/** How a run is meant. */
export interface Mode {
    /** Owners are not looked up: the phase before users exist. */
    readonly ignorePasswd: boolean
    /** Nothing is written anywhere. */
    readonly dry: boolean
    /** Called often: a long run must not look like a dead one. */
    readonly heartbeat: () => void
    /** Files below a generation that were put back a moment ago: units are not asked for that once more. */
    readonly again?: ReadonlySet<string>
}

/** A manifest, where it was read from, and what to do with it. */
export interface Job {
    readonly manifest: Manifest
    readonly path: string
    readonly mode: Mode
}

/** Everything that is decided before anything is changed. */
export interface Prepared extends GenerationPlan {
    readonly manifest: Manifest
    readonly live: Live
    readonly keys: MachineKeys
    readonly owners: Owners
    /** No value came from a key: they are made up, as the manifest allows. */
    readonly standIn: boolean
    readonly delta: Delta
    /** Overwrites every plaintext of this run. To be called when nothing is written any more. */
    readonly wipe: () => void
}

/** Reads keys, opens secrets, renders templates and compares with what is live. Changes nothing. */
export async function prepare(manifest: Manifest, mode: Mode, host: Host): Promise<Prepared> {
    const live = lookAtLive(manifest, version)
    const plaintexts: Buffer[] = []
    const wipe = (): void => {
        for (const plaintext of plaintexts) plaintext.fill(0)
        live.wipe()
    }
    try {
        const keys = loadIdentities(manifest, host)
        const opening = { keys, live, now: host.now(), heartbeat: mode.heartbeat }
        const { opened, standIn, doubts } = await valuesFor(manifest, opening).finally(
            async () => await keys.done(),
        )
        for (const one of opened.values()) if (one.kind === "value") plaintexts.push(one.value)
        if (opened.size > 0 && plaintexts.length === 0 && (await hasNone(keys))) throw noIdentity(keys)
        const owners = await ownersFor(manifest, mode, host)
        const planned = plan(manifest, opened, owners, live)
        for (const { value } of planned.files) plaintexts.push(value)
        return {
            ...planned,
            warnings: [...doubts, ...planned.warnings, ...foreignSources(manifest, host.uid)],
            manifest,
            live,
            keys,
            owners,
            standIn,
            delta: compare(manifest, planned.files, live),
            wipe,
        }
    } catch (error) {
        wipe()
        throw error
    }
}

interface Values {
    readonly opened: ReadonlyMap<SecretEntry, Opened>
    readonly standIn: boolean
    readonly doubts: readonly string[]
}

/** What the keys open, or, where the manifest allows it and they open nothing, what is made up. */
async function valuesFor({ secrets, mayStandIn }: Manifest, opening: Opening): Promise<Values> {
    const opened = await openSecrets(secrets, opening)
    if (!mayStandIn) return { opened, standIn: false, doubts: [] }
    const { makeUp, realValues, standInWarning } = await import("./stand-in.ts")
    const doubt = realValues(opened, opening.live)
    if (doubt !== undefined) return { opened, standIn: false, doubts: [doubt] }
    const made = await makeUp([...opened.keys()], opening.now.getTime())
    return { opened: made, standIn: true, doubts: made.size === 0 ? [] : [standInWarning(made.size)] }
}

/** Said once, and not for each secret. */
async function hasNone(keys: MachineKeys): Promise<boolean> {
    if (keys.identities.length > 0) return false
    await keys.more(["ssh-rsa "])
    return keys.tried.every(({ recipients }) => recipients.length === 0)
}

async function ownersFor(manifest: Manifest, mode: Mode, host: Host): Promise<Owners> {
    if (manifest.userMode) return onlyOwner(host.uid, host.gid)
    if (mode.ignorePasswd) return onlyOwner(0, 0)
    const wanted = entriesOf(manifest).flatMap(({ owner, group, parents }) => [
        { owner, group },
        ...(parents.owner === undefined && parents.group === undefined
            ? []
            : [{ owner: parents.owner ?? owner, group: parents.group ?? group }]),
    ])
    const owners = await lookUpOwners(wanted, host)
    return mode.dry ? lenient(owners) : owners
}

/** In a dry activation the users of the new configuration do not exist yet. */
function lenient(owners: Owners): Owners {
    return {
        ...owners,
        user: (principal: Principal) => owners.user(principal) ?? unknownOwner,
        group: (principal: Principal) => owners.group(principal) ?? unknownOwner,
    }
}
