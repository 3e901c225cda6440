declare module "systemd-notify" {
    interface Message {
        readonly ready?: boolean
        readonly status?: string
    }
    /** Runs the program `systemd-notify`; rejects with its text, or with an Error when it cannot be started. */
    export default function notify(message: Message): Promise<unknown>
}
