/** A recipient without the space around it and without the comment of an SSH key: two that read the same are the same key. */
export function canonicalRecipient(recipient: string): string {
    const trimmed = recipient.trim()
    return trimmed.startsWith("ssh-") ? trimmed.split(/\s+/u, 2).join(" ") : trimmed
}
