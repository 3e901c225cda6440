// Timestamps as Go reads and prints them (time.RFC3339, time.RFC3339Nano).

const form =
    /^(?<day>(?<year>\d{4})-(?<month>\d\d)-(?<date>\d\d))T(?<clock>(?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d))(?:\.(?<fraction>\d{1,32}))?(?<zone>Z|[+-](?<zoneHour>\d\d):(?<zoneMinute>\d\d))$/

/**
 * The canonical text of an RFC3339 time: no zeros at the end of the fraction, `Z` for a zero offset. `undefined`
 * when it is not one: `T` and `Z` in capitals and the seconds are required (docs/sops-rules.md#times).
 */
export function rfc3339Nano(text: string): string | undefined {
    return normalise(text, true)
}

/** The same without the fraction: what the MAC is bound to (docs/sops-rules.md#mac). */
export function rfc3339(text: string): string | undefined {
    return normalise(text, false)
}

/** A moment as sops writes `lastmodified`: UTC, whole seconds. */
export function lastModified(at: Date): string {
    return `${at.toISOString().slice(0, 19)}Z`
}

function normalise(text: string, withFraction: boolean): string | undefined {
    const groups = form.exec(text)?.groups
    if (groups === undefined) return undefined
    const number = (name: string): number => Number(groups[name] ?? 0)
    const days = new Date(Date.UTC(2000 + (number("year") % 400), number("month"), 0)).getUTCDate()
    if (number("month") < 1 || number("month") > 12 || number("date") < 1 || number("date") > days)
        return undefined
    if (number("hour") > 23 || number("minute") > 59 || number("second") > 59) return undefined
    if (number("zoneHour") > 24 || number("zoneMinute") > 60) return undefined
    const fraction = withFraction ? (groups["fraction"] ?? "").slice(0, 9).replace(/0+$/, "") : ""
    const zone = groups["zone"] ?? "Z"
    return `${groups["day"]}T${groups["clock"]}${fraction && `.${fraction}`}${/^[+-]00:00$/.test(zone) ? "Z" : zone}`
}
