// A name that becomes another one takes along what was agreed to for it: its keys, its memberships, its secrets.

import type { Renamed } from "../difference.ts"
import { plural } from "../edits.ts"
import type { Accepted, GroupMembers, Lesson, Place } from "./accepted.ts"

/** What the list learns of a new name. Of keys and members that were not agreed to it learns nothing. */
export function lessonOfName(accepted: Accepted, renamed: Renamed | undefined): Lesson {
    const lesson = {
        users: new Map<string, readonly string[] | undefined>(),
        machines: new Map<string, readonly string[] | undefined>(),
        groups: new Map<string, GroupMembers | undefined>(),
        secrets: new Map<string, Place | undefined>(),
    }
    if (renamed === undefined) return lesson
    const { kind, from, to } = renamed
    const moveIn = <V>(old: ReadonlyMap<string, V>, next: Map<string, V | undefined>): void => {
        next.set(from, undefined).set(to, old.get(from))
    }
    const withNew = (names: readonly string[]): readonly string[] =>
        names.map((name) => (name === from ? to : name)).toSorted()
    if (kind === "group") {
        moveIn(accepted.groups, lesson.groups)
        for (const [path, place] of accepted.secrets)
            if (place.groups.includes(from))
                lesson.secrets.set(path, { ...place, groups: withNew(place.groups) })
        return lesson
    }
    const kinds = plural(kind)
    moveIn(accepted[kinds], lesson[kinds])
    for (const [group, members] of accepted.groups)
        if (members[kinds].includes(from))
            lesson.groups.set(group, { ...members, [kinds]: withNew(members[kinds]) })
    return lesson
}

/** Two lessons, one after the other. */
export function both(first: Lesson, second: Lesson): Lesson {
    return {
        users: new Map([...first.users, ...second.users]),
        machines: new Map([...first.machines, ...second.machines]),
        groups: new Map([...first.groups, ...second.groups]),
        secrets: new Map([...first.secrets, ...second.secrets]),
        strict: second.strict ?? first.strict,
    }
}
