/**
 * A recipient short enough for a line, long enough to tell it from others. What does not look like a public key may be
 * a private one, and is not shown at all.
 */
export function shortened(recipient: string): string {
    if (!/^(?:age1|ssh-|[a-z_]+:)/u.test(recipient)) return "something that is no public key"
    if (recipient.length <= 24) return recipient
    const head = recipient.startsWith("ssh-") ? `${recipient.split(" ", 1).join("")} ` : recipient.slice(0, 8)
    return `${head}…${recipient.slice(-8)}`
}
