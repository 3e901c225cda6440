import { expect, test } from "vitest"
import { orderingCycle, readUnit } from "./unit-files.ts"

test("a unit that runs before the users are made and after all disks are there is a cycle", () => {
    const unit = readUnit(
        "x.service",
        "[Unit]\nDefaultDependencies=no\nAfter=local-fs.target\nBefore=systemd-sysusers.service\n",
    )
    expect(orderingCycle([unit])).toContain("x.service")
})

test("a unit of the usual kind cannot come before sysinit.target", () => {
    expect(orderingCycle([readUnit("x.service", "[Unit]\nBefore=sysinit.target\n")])).toContain("x.service")
})

test("a unit of the usual kind alone is no cycle", () => {
    expect(orderingCycle([readUnit("x.service", "[Unit]\nAfter=local-fs.target\n")])).toBeUndefined()
})
