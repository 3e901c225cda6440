// The access map from this machine to this machine: on the loopback address alone, for who knows a token, and anew
// whenever the repository changes.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto"
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Chart } from "../../repo/map/chart.ts"
import { graphPage } from "./page.ts"

/** A chart is made again only after so many milliseconds, however many pages ask. */
const fresh = 1500

/** A map that is served. `ended` is kept when the server has closed. */
export interface Served {
    readonly url: string
    readonly close: () => void
    readonly ended: Promise<void>
}

interface Source {
    readonly title: string
    readonly chart: () => Promise<Chart>
    readonly taken: () => string
    /** 0 for one that is free. */
    readonly port: number
}

/** Serves a page, and its chart as it is at each question. Throws what listening throws. */
export async function serveGraph({ title, chart, taken, port }: Source): Promise<Served> {
    const token = randomBytes(24).toString("base64url")
    const latest = latestOf(chart)
    const server = createServer((request, response) => {
        void answer(request, response).catch(() => {
            if (!response.headersSent) response.writeHead(500)
            response.end()
        })
    })
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost")
        const [, given = "", file, ...more] = pathname.split("/")
        const { port: own } = addressOf(server.address())
        // A page of another origin must not get here by a name that it has turned to this address.
        const isHere = [`127.0.0.1:${own}`, `localhost:${own}`].includes(request.headers.host ?? "")
        if (!isHere || !isSame(given, token) || request.method !== "GET" || more.length > 0)
            return void response.writeHead(404, headers).end()
        const { tag, value } = await latest()
        if (file === "") {
            const page = graphPage(value, { title, taken: taken(), served: tag })
            return void response
                .writeHead(200, { ...headers, "content-type": "text/html; charset=utf-8" })
                .end(page)
        }
        if (file !== "chart") return void response.writeHead(404, headers).end()
        if (searchParams.get("after") === tag) return void response.writeHead(204, headers).end()
        response
            .writeHead(200, { ...headers, "content-type": "application/json", etag: tag })
            .end(JSON.stringify(value))
    }
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject)
        server.listen(port, "127.0.0.1", resolve)
    })
    const ended = new Promise<void>((resolve) => {
        server.once("close", resolve)
    })
    const close = (): void => {
        server.close()
        server.closeAllConnections()
    }
    return { url: `http://127.0.0.1:${addressOf(server.address()).port}/${token}/`, close, ended }
}

const headers = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
} as const

/** The chart of now, with a name that changes when it does. */
function latestOf(
    chart: () => Promise<Chart>,
): () => Promise<{ readonly tag: string; readonly value: Chart }> {
    let known: { readonly at: number; readonly made: Promise<{ tag: string; value: Chart }> } | undefined
    const make = async (): Promise<{ tag: string; value: Chart }> => {
        const value = await chart()
        return { tag: createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 32), value }
    }
    return async () => {
        if (known === undefined || performance.now() - known.at > fresh) {
            const made = make()
            known = { at: performance.now(), made }
        }
        return known.made
    }
}

function isSame(given: string, token: string): boolean {
    const [one, other] = [Buffer.from(given), Buffer.from(token)]
    return one.length === other.length && timingSafeEqual(one, other)
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
    if (address === null || typeof address === "string") throw new Error("a server without a port")
    return address
}
