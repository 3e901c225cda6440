import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { recording, recordingPath } from "./recording.ts"

test("the picture of the first minute is what README shows; npm run docs:recording writes it", () => {
    expect(readFileSync(recordingPath, "utf8")).toBe(recording())
})

test("it holds every command of README's transcript, and loads nothing", () => {
    const picture = recording()
    expect(picture.match(/class="line command"/gu)?.length).toBeGreaterThan(6)
    expect(picture).toContain("$ hostseal key generate")
    expect(picture).toContain("$ hostseal debt")
    expect(picture).not.toMatch(/<script|href|url\(|@import/u)
})
