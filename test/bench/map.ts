// The access map in a real browser: what somebody waits for at a key or a turn of the wheel, in a large repository
// against a small one.

import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { graphPage } from "../../agent/admin/graph/page.ts"
import { chartOf } from "../../agent/repo/map/chart.ts"
import type { Grants, Repo } from "../../agent/repo/repo.ts"
import { Browser } from "../interop/browser.ts"
import { type Figure, median } from "./measure.ts"

export interface MapBench {
    readonly directory: string
    readonly scale: number
    readonly rounds: number
}

/** A frame of a screen, in milliseconds; and how long somebody takes for at once. */
const [frame, atOnce] = [1000 / 60, 100]

export async function* mapFigures({ directory, scale, rounds }: MapBench): AsyncGenerator<Figure> {
    const file = join(directory, "map.html")
    const chart = chartOf(repository(Math.round(10_000 / scale), Math.round(1000 / scale)))
    writeFileSync(file, graphPage(chart, { title: "large", taken: "now" }))
    await using page = await Browser.open(`file://${file}#fold=no&open=team-0`, 1600, 1000)
    const times = async (work: string): Promise<number> => {
        const found: number[] = []
        for (let round = 0; round < rounds * 10; round++)
            found.push(Number(await page.value(timed(work.replaceAll("ROUND", String(round))))))
        return median(found)
    }
    const sizes = `${Math.round(10_000 / scale)} x ${Math.round(1000 / scale)}`
    yield {
        work: `map of ${sizes}, scrolled to another place`,
        ours: await times("box.scrollTop = ROUND * 7919; box.scrollLeft = ROUND * 997; draw()"),
        other: frame,
        against: "a frame",
        bar: { atMost: 1 },
    }
    yield {
        work: `map of ${sizes}, a letter typed`,
        ours: await times("query('service-ROUND')"),
        other: atOnce,
        against: "what is felt as at once",
        bar: { atMost: 1 },
    }
}

/** Script, style and layout; what the page waits for before it can be painted. */
function timed(work: string): string {
    return `(() => { const box = document.getElementById("matrix"), begin = performance.now(); ${work}; box.getBoundingClientRect(); return performance.now() - begin })()`
}

function repository(secrets: number, readers: number): Repo {
    const key = [{ publickey: "age1…", type: "age" as const }]
    const half = Math.max(1, Math.round(readers / 2))
    const names = (kind: string): string[] => Array.from({ length: half }, (_, index) => `${kind}-${index}`)
    const team = (index: number): ReadonlySet<string> =>
        new Set(names("user").filter((_, at) => at % 20 === index))
    return {
        users: new Map(names("user").map((name) => [name, key])),
        machines: new Map(names("host").map((name) => [name, key])),
        groups: new Map(
            Array.from({ length: 20 }, (_, index) => [
                `team-${index}`,
                { users: team(index), machines: new Set<string>() },
            ]),
        ),
        secrets: new Map(
            Array.from({ length: secrets }, (_, index): [string, Grants] => [
                `sops/secrets/service-${index}`,
                {
                    users: new Set([`user-${index % half}`]),
                    machines: new Set([`host-${(index * 7) % half}`]),
                    groups: new Set([`team-${index % 20}`, `team-${(index * 3) % 20}`]),
                },
            ]),
        ),
    }
}
