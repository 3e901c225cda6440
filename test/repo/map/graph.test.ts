import { expect, test } from "vitest"
import { accessMap, mermaid } from "../../../agent/repo/map/graph.ts"
import { emptyRepo } from "../../../agent/repo/repo.ts"
import { loose as repo, none } from "../estate.ts"

test("an empty repository is an empty map", () => {
    expect(accessMap(emptyRepo)).toEqual({ users: [], machines: [], groups: [], secrets: [] })
    expect(mermaid(accessMap(emptyRepo))).toBe("flowchart LR\n")
})

test("Mermaid: members point to groups, readers and groups to secrets", () => {
    expect(mermaid(accessMap(repo)).split("\n")).toEqual([
        "flowchart LR",
        `    u0(["alice"]):::user`,
        `    u1(["bob"]):::user`,
        `    m2["web01"]:::machine`,
        `    g3{{"admins"}}:::group`,
        "    u0 --> g3",
        "    u1 --> g3",
        `    g4{{"web"}}:::group`,
        `    m5["gone"]:::machine`,
        "    m5 --> g4",
        "    m2 --> g4",
        `    s6[("sops/secrets/lost")]:::secret`,
        `    u7(["nobody"]):::user`,
        `    g8{{"nogroup"}}:::group`,
        "    u7 --> s6",
        "    g8 --> s6",
        `    s9[("sops/secrets/wifi")]:::secret`,
        "    u0 --> s9",
        "    g3 --> s9",
        "    g4 --> s9",
        "",
    ])
})

test("a name cannot change the structure of the drawing", () => {
    const evil = `x"]; click u0 "javascript:alert(1)"\n`
    const drawing = mermaid(
        accessMap({
            ...emptyRepo,
            secrets: new Map([[evil, { users: none, machines: none, groups: none }]]),
        }),
    )
    expect(drawing.split("\n")).toHaveLength(3)
    expect(drawing).toContain(`s0[("x#34;#93;#59; click u0 #34;javascript#58;alert#40;1#41;#34;#10;")]`)
})
