import { request } from "node:http"
import { afterEach, beforeEach, expect, test } from "vitest"
import { serveGraph } from "../../../agent/admin/graph/serve.ts"
import type { Served } from "../../../agent/admin/graph/serve.ts"
import { chartOf } from "../../../agent/repo/map/chart.ts"
import { estate } from "../../repo/estate.ts"

let repo = estate
let served: Served

beforeEach(async () => {
    repo = estate
    served = await serveGraph({
        title: "infra",
        chart: () => Promise.resolve(chartOf(repo)),
        taken: () => "now",
        port: 0,
    })
})
afterEach(async () => {
    served.close()
    await served.ended
})

/** What the server answers to a request that names this host. */
const ask = (
    path: string,
    host?: string,
    method = "GET",
): Promise<{ status: number; headers: Record<string, unknown> }> =>
    new Promise((resolve, reject) => {
        const { port } = new URL(served.url)
        request(
            { host: "127.0.0.1", port, path, method, ...(host === undefined ? {} : { headers: { host } }) },
            (answer) => {
                answer.resume()
                answer.once("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers }))
            },
        )
            .once("error", reject)
            .end()
    })

test("serves on the loopback address, to whom knows the token", async () => {
    const { hostname, pathname } = new URL(served.url)
    expect(hostname).toBe("127.0.0.1")
    expect(pathname).toMatch(/^\/[\w-]{32}\/$/u)
    const page = await fetch(served.url)
    expect(page.status).toBe(200)
    expect(page.headers.get("cache-control")).toBe("no-store")
    expect(await page.text()).toContain("connect-src 'self'")
    for (const path of [
        "/",
        "/x/",
        `${pathname}../`,
        `${pathname}other`,
        `${pathname}chart/x`,
        pathname.slice(0, -2),
    ])
        expect((await ask(path)).status, path).toBe(404)
})

test("answers nobody who comes by another name, or with another method", async () => {
    const { pathname, port } = new URL(served.url)
    expect((await ask(pathname, `localhost:${port}`)).status).toBe(200)
    for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1"])
        expect((await ask(pathname, host)).status, host).toBe(404)
    expect((await ask(pathname, undefined, "POST")).status).toBe(404)
})

test("says whether there is something new", async () => {
    const first = await fetch(`${served.url}chart`)
    const tag = first.headers.get("etag") ?? ""
    expect(await first.json()).toEqual(JSON.parse(JSON.stringify(chartOf(estate))))
    expect((await fetch(`${served.url}chart?after=${tag}`)).status).toBe(204)
    repo = { ...estate, secrets: new Map([...estate.secrets].slice(1)) }
    let answer = await fetch(`${served.url}chart?after=${tag}`)
    while (answer.status === 204) {
        await new Promise((resolve) => {
            setTimeout(resolve, 200)
        })
        answer = await fetch(`${served.url}chart?after=${tag}`)
    }
    expect(answer.headers.get("etag")).not.toBe(tag)
    expect(await answer.json()).toMatchObject({ secrets: { length: 3 } })
})
