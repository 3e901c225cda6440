/** One thing that was looked at. A `problem` keeps some command from working; a `note` may be as it should be. */
export interface Check {
    readonly area: "keys" | "repository" | "you" | "git" | "editor" | "plugins" | "sandbox" | "gpg"
    readonly state: "ok" | "note" | "problem"
    readonly text: string
    /** What to run, or to do. */
    readonly next?: string
}
