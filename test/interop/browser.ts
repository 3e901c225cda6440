// A page in headless Chromium, and hands that use it: the DevTools protocol over a WebSocket.

import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--remote-debugging-port=0",
]

type Answer = { readonly result?: Record<string, unknown>; readonly error?: { readonly message: string } }

/** A browser with one page, closed at the end of its scope. */
export class Browser implements AsyncDisposable {
    readonly #profile = mkdtempSync(join(tmpdir(), "hostseal-browser-"))
    readonly #child = spawn("chromium", [...flags, `--user-data-dir=${this.#profile}`, "about:blank"], {
        stdio: ["ignore", "ignore", "pipe"],
    })
    readonly #waiting = new Map<number, (answer: Answer) => void>()
    #socket: WebSocket | undefined
    #session = ""

    /** Opens a page in a window of this size. */
    static async open(url: string, width: number, height: number): Promise<Browser> {
        const browser = new Browser()
        await browser.#connect()
        const { targetId } = await browser.#ask("Target.createTarget", { url: "about:blank" })
        const { sessionId } = await browser.#ask("Target.attachToTarget", { targetId, flatten: true })
        browser.#session = String(sessionId)
        const metrics = { width, height, deviceScaleFactor: 1, mobile: false }
        await browser.#ask("Emulation.setDeviceMetricsOverride", metrics)
        await browser.#ask("Page.navigate", { url })
        await browser.until("document.readyState === 'complete' && document.getElementById('grid') !== null")
        return browser
    }

    async [Symbol.asyncDispose](): Promise<void> {
        const gone = new Promise((resolve) => {
            this.#child.once("close", resolve)
        })
        this.#child.kill("SIGKILL")
        await gone
        rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 })
    }

    /** The value of an expression in the page. */
    async value(expression: string): Promise<unknown> {
        const { result } = await this.#ask("Runtime.evaluate", { expression, returnByValue: true })
        return typeof result === "object" && result !== null && "value" in result ? result.value : undefined
    }

    async until(expression: string): Promise<void> {
        for (let tries = 0; tries < 200; tries++) {
            if ((await this.value(expression)) === true) return
            await new Promise((resolve) => {
                setTimeout(resolve, 50)
            })
        }
        throw new Error(`never: ${expression}`)
    }

    async type(text: string): Promise<void> {
        await this.#ask("Input.insertText", { text })
    }

    /** Presses a key: `Tab`, `ArrowDown`. */
    async press(key: string, times = 1): Promise<void> {
        const codes: Record<string, number> = {
            Tab: 9,
            ArrowLeft: 37,
            ArrowUp: 38,
            ArrowRight: 39,
            ArrowDown: 40,
            Enter: 13,
            Escape: 27,
            Home: 36,
            End: 35,
            PageUp: 33,
            PageDown: 34,
            " ": 32,
            "/": 191,
        }
        const about = { key, code: key, windowsVirtualKeyCode: codes[key] }
        for (let count = 0; count < times; count++) {
            await this.#ask("Input.dispatchKeyEvent", { type: "rawKeyDown", ...about })
            await this.#ask("Input.dispatchKeyEvent", { type: "keyUp", ...about })
        }
    }

    async click(x: number, y: number): Promise<void> {
        const about = { x, y, button: "left", clickCount: 1 }
        await this.#ask("Input.dispatchMouseEvent", { type: "mousePressed", ...about })
        await this.#ask("Input.dispatchMouseEvent", { type: "mouseReleased", ...about })
    }

    /** What is to be seen, as a PNG. */
    async picture(): Promise<Buffer> {
        const { data } = await this.#ask("Page.captureScreenshot", { format: "png" })
        return Buffer.from(String(data), "base64")
    }

    /** As if the system were dark, or a page printed. */
    async emulate(media: { readonly media?: string; readonly dark?: boolean }): Promise<void> {
        const scheme = media.dark === true ? "dark" : "light"
        await this.#ask("Emulation.setEmulatedMedia", {
            media: media.media ?? "",
            features: [{ name: "prefers-color-scheme", value: scheme }],
        })
    }

    async #connect(): Promise<void> {
        const address = await new Promise<string>((resolve, reject) => {
            let said = ""
            this.#child.once("error", reject)
            this.#child.once("close", () => reject(new Error(`chromium ended: ${said}`)))
            this.#child.stderr.on("data", (chunk: Buffer) => {
                said += chunk.toString()
                const [, found] = /DevTools listening on (ws:\S+)/u.exec(said) ?? []
                if (found !== undefined) resolve(found)
            })
        })
        const socket = new WebSocket(address)
        await new Promise((resolve, reject) => {
            socket.addEventListener("open", resolve)
            socket.addEventListener("error", reject)
        })
        socket.addEventListener("message", ({ data }) => {
            const message: Answer & { readonly id?: number } = JSON.parse(String(data))
            this.#waiting.get(message.id ?? 0)?.(message)
        })
        this.#socket = socket
    }

    async #ask(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>> {
        const id = this.#waiting.size + 1
        const session = this.#session === "" ? {} : { sessionId: this.#session }
        const { result, error } = await new Promise<Answer>((resolve) => {
            this.#waiting.set(id, resolve)
            this.#socket?.send(JSON.stringify({ id, method, params, ...session }))
        })
        if (error !== undefined) throw new Error(`${method}: ${error.message}`)
        return result ?? {}
    }
}
