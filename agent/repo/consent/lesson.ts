// What the list learns from a change that was made: what the command asked for, and what somebody accepted. Of what it
// only found in the tree it learns nothing.

import type { GroupMembers, Held, Lesson, Place } from "./accepted.ts"
import type { Decision, Unasked } from "./consent.ts"
import { plural } from "../edits.ts"
import type { Members } from "../repo.ts"
import type { Request } from "./request.ts"

/** So many values of the past are known for each secret. */
const mostPast = 16

/**
 * The lesson of an edit. `made` are the decisions that wrote a file, with what the new file says; `accepted` is what
 * the person was asked about, and agreed to.
 */
export function lessonOf(
    request: Request,
    made: ReadonlyMap<Decision, Held | undefined>,
    accepted: readonly Unasked[],
): Lesson {
    const names = pinned(request, [...made.keys()], accepted)
    const secrets = new Map<string, Place | undefined>(placesOfNewKeys(request, accepted))
    for (const path of request.before.secrets.keys())
        if (!request.edit.repo.secrets.has(path) && request.accepted.secrets.has(path))
            secrets.set(path, undefined)
    for (const [path, from] of request.edit.moved ?? []) {
        const place = request.accepted.secrets.get(from)
        if (place !== undefined) secrets.set(path, place)
    }
    const gains = accepted.filter(({ effect }) => effect === "gain")
    for (const [{ touch, known, recipients, groups, unobeyed }, held] of made) {
        const { path } = touch
        const old = request.accepted.secrets.get(request.source(path))
        const own = gains.filter(({ secret, copy }) => secret === path || copy === path)
        const added = own.map(({ recipient }) => recipient).filter((each) => recipients.includes(each))
        const linked = request.edit.repo.secrets.get(path)?.groups ?? []
        const past = old?.iv === undefined || old.iv === held?.iv ? old?.past : [...(old.past ?? []), old.iv]
        secrets.set(path, {
            recipients: [...new Set([...known, ...added])].toSorted(),
            unobeyed: [...new Set(unobeyed.map(({ recipient }) => recipient))].filter(
                (each) => touch.how !== "asked" || old?.unobeyed?.includes(each) === true,
            ),
            groups: own.length === 0 ? groups : [...linked].toSorted(),
            iv: held?.iv,
            past: past?.slice(-mostPast),
            blob: held?.blob,
            key: held?.key,
        })
    }
    return { ...names, groups: groupsAfter(request, [...made.keys()], gains), secrets }
}

/** Names whose keys the edit says, those that a file is wrapped for the first time, and those that were accepted. */
function pinned(
    request: Request,
    made: readonly Decision[],
    accepted: readonly Unasked[],
): Pick<Lesson, "users" | "machines"> {
    const { before, edit } = request
    const lesson = {
        users: new Map<string, readonly string[] | undefined>(),
        machines: new Map<string, readonly string[] | undefined>(),
    }
    for (const kind of ["user", "machine"] as const) {
        const kinds = plural(kind)
        for (const name of before[kinds].keys())
            if (!edit.repo[kinds].has(name)) lesson[kinds].set(name, undefined)
        for (const [name, keys] of edit.repo[kinds])
            if (before[kinds].get(name) !== keys) lesson[kinds].set(name, request.keysOf(kind, name).after)
    }
    for (const { gained } of made) {
        for (const { reader } of gained) {
            const kinds = plural(reader.kind)
            if (!request.accepted[kinds].has(reader.name) && !lesson[kinds].has(reader.name))
                lesson[kinds].set(reader.name, request.keysOf(reader.kind, reader.name).after)
        }
    }
    for (const { reader, recipient, effect } of accepted) {
        if (effect === "loss") continue
        const kinds = plural(reader.kind)
        const keys = lesson[kinds].get(reader.name) ?? request.accepted[kinds].get(reader.name) ?? []
        lesson[kinds].set(reader.name, [...new Set([...keys, recipient])].toSorted())
    }
    return lesson
}

/** Whose new key was accepted for one secret, has it accepted for all that the list lets them read. */
function placesOfNewKeys(
    { accepted: { users, machines, secrets } }: Request,
    accepted: readonly Unasked[],
): ReadonlyMap<string, Place> {
    const places = new Map<string, Place>()
    for (const { reader, recipient, effect } of accepted) {
        const old = (reader.kind === "user" ? users : machines).get(reader.name)
        if (effect === "loss" || old === undefined || old.includes(recipient)) continue
        for (const [path, place] of secrets) {
            const { recipients } = places.get(path) ?? place
            if (!recipients.some((each) => old.includes(each))) continue
            places.set(path, { ...place, recipients: [...recipients, recipient].toSorted() })
        }
    }
    return places
}

function groupsAfter(
    request: Request,
    made: readonly Decision[],
    gains: readonly Unasked[],
): ReadonlyMap<string, GroupMembers | undefined> {
    const { before, edit } = request
    const lesson = new Map<string, GroupMembers | undefined>()
    for (const name of before.groups.keys()) if (!edit.repo.groups.has(name)) lesson.set(name, undefined)
    for (const [name, members] of edit.repo.groups)
        if (before.groups.get(name) !== members || edit.named?.members?.has(name) === true)
            lesson.set(name, written(request.membersAfter(name)))
    for (const { touch, groups } of made)
        for (const name of groups)
            if (!request.accepted.groups.has(name) && !lesson.has(name) && touch.how !== "all")
                lesson.set(name, written(request.membersAfter(name)))
    for (const { reader, secret, copy } of gains) {
        const kinds = plural(reader.kind)
        for (const name of edit.repo.secrets.get(copy ?? secret)?.groups ?? []) {
            if (edit.repo.groups.get(name)?.[kinds].has(reader.name) !== true) continue
            const known = lesson.get(name) ?? written(request.membersAfter(name))
            lesson.set(name, { ...known, [kinds]: [...new Set([...known[kinds], reader.name])].toSorted() })
        }
    }
    return lesson
}

function written({ users, machines }: Members): GroupMembers {
    return { users: [...users].toSorted(), machines: [...machines].toSorted() }
}
