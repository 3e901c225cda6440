// Timestamps as go-yaml reads them out of YAML (docs/sops-rules.md#yaml-types), which is laxer than RFC 3339: short month, day, hour,
// minute and second, a lower-case `t`, a space instead of it without a zone, or the day alone.
import { rfc3339Nano } from "../value/time.ts"

const form =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]|( ))(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)?)?$/

/** The RFC3339Nano text of a YAML timestamp, as Go prints it; `undefined` when it is none. */
export function goTime(text: string): string | undefined {
    const match = form.exec(text)
    if (match === null) return undefined
    const [, year = "", month, day, space, hour, minute, second, fraction, zone] = match
    const clock = hour !== undefined
    // A zone belongs to the `T` form, and only to it.
    if (clock && (space === undefined) !== (zone !== undefined)) return undefined
    const two = (part = "0"): string => part.padStart(2, "0")
    const tail = fraction === undefined ? "" : `.${fraction.slice(0, 9)}`
    return rfc3339Nano(
        `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${tail}${zoneText(zone)}`,
    )
}

/** Go takes 24 hours and 60 minutes, and prints what they add up to. */
function zoneText(zone = "Z"): string {
    const [, sign = "", hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? []
    if (sign === "" || Number(hours) > 24 || Number(minutes) > 60) return zone
    const total = Number(hours) * 60 + Number(minutes)
    const two = (part: number): string => String(Math.trunc(part)).padStart(2, "0")
    return `${sign}${two(total / 60)}:${two(total % 60)}`
}
