// What is wrong with a manifest, a place a line. It says names of fields and kinds, and no values: one may be a password
// that somebody wrote into the wrong file.

import type * as z from "zod/mini"
import { visibleName } from "../../error.ts"

const most = 20

/** A line for each of the first problems. */
export function problemsOf(issues: readonly z.core.$ZodIssue[]): string {
    const lines = issues.map((issue) => {
        const place = issue.path.map(String).join(".")
        return `${place === "" ? "" : `${visibleName(place)}: `}${problemOf(issue)}`
    })
    const more = lines.length > most ? [`and ${lines.length - most} more`] : []
    return [...new Set(lines)].slice(0, most).concat(more).join("\n")
}

function problemOf(issue: z.core.$ZodIssue): string {
    switch (issue.code) {
        case "unrecognized_keys":
            return `unknown: ${issue.keys.map((key) => `"${visibleName(key)}"`).join(", ")}`
        case "invalid_type":
            return `expected ${issue.expected}`
        case "invalid_value":
            return `expected ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`
        case "too_big":
            return "too large"
        case "too_small":
            return "too small"
        case "invalid_union":
            return [...new Set(issue.errors.flat().map((each) => within(each)))].join(", or ")
        case "invalid_format":
        case "not_multiple_of":
        case "invalid_key":
        case "invalid_element":
        case "custom":
            break
    }
    return issue.message === "Invalid input" ? "not of the expected form" : issue.message
}

function within(issue: z.core.$ZodIssue): string {
    return `${issue.path.map((part) => `${visibleName(String(part))}: `).join("")}${problemOf(issue)}`
}
