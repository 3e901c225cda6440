import { expect, test } from "vitest"
import { varsOf } from "../../agent/repo/vars-of.ts"
import { estate, to } from "./estate.ts"

const paths = {
    "vars/per-machine/web01/ssh/key": false,
    "vars/per-machine/web02/ssh/key": false,
    "vars/shared/mine/key": false,
    "vars/shared/mine/deep": false,
    "vars/shared/mine/cert": true,
    "vars/shared/theirs/key": false,
    "vars/shared/theirs/cert": true,
    "vars/shared/open/domain": true,
    "vars/shared/ssh/key": true,
    "vars/per-export/vpn/net/key": false,
}
const all = Object.entries(paths).map(([path, isPublic]) => ({ path, isPublic }))
const repo = {
    ...estate,
    secrets: new Map([
        ["vars/per-machine/web01/ssh/key", to({ users: ["alice"], machines: ["web01"] })],
        ["vars/per-machine/web02/ssh/key", to({ users: ["alice"], machines: ["web02"] })],
        ["vars/shared/mine/key", to({ users: ["alice"], groups: ["web"] })],
        ["vars/shared/mine/deep", to({ users: ["alice"] })],
        ["vars/shared/theirs/key", to({ users: ["alice"], machines: ["web02"] })],
    ]),
}

test("a machine has its own vars, and those of shared generators that it reads or that hide nothing", () => {
    expect([...varsOf(repo, all, "web01")].map(([name, { path }]) => [name, path])).toEqual([
        ["mine/cert", "vars/shared/mine/cert"],
        ["mine/deep", "vars/shared/mine/deep"],
        ["mine/key", "vars/shared/mine/key"],
        ["open/domain", "vars/shared/open/domain"],
        ["ssh/key", "vars/per-machine/web01/ssh/key"],
    ])
})

test("one of which nobody knows has what everybody has", () => {
    expect([...varsOf(repo, all, "web09").keys()]).toEqual(["open/domain", "ssh/key"])
})
